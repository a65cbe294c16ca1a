// What a line of the journal says, in short.

const HEAD = new Set(["timestamp", "level", "event", "function", "version", "request_id", "id", "outcome", "receipt", "method", "path", "status", "ms", "text", "host"]);
const SHOWN = 2000; // characters in the list
const LEVELS = { debug: 10, info: 20, warn: 30, warning: 30, error: 40, critical: 50 };

export const severity = (level) => LEVELS[level] ?? 20;

const word = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/** One line of text; whoever wrote it decides about its characters, so it is only ever shown as text. */
export function summary(line) {
  if (line.event === "function_log") return String(line.text ?? "");
  const rest = Object.entries(line).filter(([name]) => !HEAD.has(name)).map(([name, value]) => `${name}=${word(value)}`).join(" ");
  if (line.method !== undefined && line.path !== undefined) return `${line.method} ${line.path}${line.status ? ` → ${line.status}` : ""}${line.ms === undefined ? "" : ` in ${line.ms} ms`}${line.error ? `  ${line.error}` : ""}`;
  return `${line.event ?? ""} ${line.text ?? ""} ${rest}`.trim();
}

/**
 * What the page keeps of a line: its text, and what is shown of it and looked for in it; null for what is none.
 *
 * The text is taken apart again when somebody opens the line, so that 100,000 of them are texts and not objects.
 */
export function entryOf(text) {
  const line = parsed(text);
  if (line === null || typeof line !== "object") return null;
  const said = summary(line);
  return {
    text,
    said: said.length > SHOWN ? `${said.slice(0, SHOWN)}…` : said,
    timestamp: String(line.timestamp ?? ""),
    level: String(line.level ?? "info"),
    name: String(line.function ?? ""),
    outcome: String(line.outcome ?? ""),
    event: String(line.event ?? ""),
    request: String(line.request_id ?? ""),
  };
}

/** Characters that an entry holds, about. */
export const weightOf = ({ text, said }) => text.length + said.length + 200;

export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A function that says whether a line of the view is wanted; null when all are. */
export function matcher({ name, level, outcome, event, text }) {
  const wanted = text.trim().toLowerCase();
  if (!name && !level && !outcome && !event && !wanted) return null;
  const least = level ? severity(level) : 0;
  return (line) =>
    severity(line.level) >= least &&
    (!name || line.name === name || line.name.startsWith(`${name}@`)) &&
    (!outcome || (outcome === "failed" ? line.outcome && line.outcome !== "ok" : line.outcome === outcome)) &&
    (!event || line.event === event) &&
    (!wanted || line.said.toLowerCase().includes(wanted) || line.request.includes(wanted) || line.name.toLowerCase().includes(wanted));
}
