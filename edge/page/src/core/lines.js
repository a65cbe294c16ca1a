// What a line of the journal says, in short.

const HEAD = new Set(["timestamp", "level", "event", "function", "version", "request_id", "id", "outcome", "receipt", "method", "path", "status", "ms", "text", "host"]);
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

/** A function that says whether a line of the view is wanted; null when all are. */
export function matcher({ name, level, outcome, event, text }) {
  const wanted = text.trim().toLowerCase();
  if (!name && !level && !outcome && !event && !wanted) return null;
  const least = level ? severity(level) : 0;
  return ({ line, said }) =>
    severity(line.level) >= least &&
    (!name || line.function === name || String(line.function ?? "").split("@")[0] === name) &&
    (!outcome || (outcome === "failed" ? line.outcome && line.outcome !== "ok" : line.outcome === outcome)) &&
    (!event || line.event === event) &&
    (!wanted || said.toLowerCase().includes(wanted) || String(line.request_id ?? "").includes(wanted) || String(line.function ?? "").toLowerCase().includes(wanted));
}
