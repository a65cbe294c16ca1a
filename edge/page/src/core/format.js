// Numbers and times as people read them.

const COUNT = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const count = (value) => (value === null || value === undefined ? "–" : Math.abs(value) >= 100_000 ? COMPACT.format(value) : COUNT.format(value));

/** An error and its stack, which may begin with the error or not. */
export const traced = (error, stack) => (stack && stack.startsWith(error.split("\n")[0]) ? stack : `${error}${stack ? `\n${stack}` : ""}`);

export const plural = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;

/** Three significant digits and a unit. */
const scaled = (value, unit) => `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ${unit}`;

export function bytes(value) {
  if (value === null || value === undefined) return "–";
  if (Math.abs(value) < 1024) return `${Math.round(value)} B`;
  const power = Math.min(4, Math.floor(Math.log2(Math.abs(value)) / 10));
  return scaled(value / 1024 ** power, ["B", "KiB", "MiB", "GiB", "TiB"][power]);
}

/** Of seconds. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  if (seconds < 1e-3) return seconds === 0 ? "0 ms" : scaled(seconds * 1e6, "µs");
  if (seconds < 1) return scaled(seconds * 1e3, "ms");
  if (seconds < 120) return scaled(seconds, "s");
  const units = [["d", 86400], ["h", 3600], ["min", 60]];
  const at = units.findIndex(([, size]) => seconds >= size);
  const [unit, size] = units[at];
  const rest = Math.floor((seconds % size) / (units[at + 1]?.[1] ?? 1));
  return `${Math.floor(seconds / size)} ${unit}${rest ? ` ${rest} ${units[at + 1]?.[0] ?? "s"}` : ""}`;
}

export const percent = (share) => (share === null || Number.isNaN(share) ? "–" : `${share > 0 && share < 0.001 ? "<0.1" : (share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)} %`);

/** A Date of a text, of milliseconds or of seconds since the epoch; null for what is none. */
export function moment(value) {
  if (value === null || value === undefined || value === "") return null;
  const date = new Date(typeof value === "number" && value < 1e11 ? value * 1000 : value);
  return Number.isNaN(date.getTime()) ? null : date;
}

export const clock = (value) => {
  const date = moment(value);
  return date ? `${CLOCK.format(date)}.${String(date.getMilliseconds()).padStart(3, "0")}` : "";
};

export const date = (value) => {
  const found = moment(value);
  return found ? DAY.format(found) : "–";
};

/** Like "3 min ago" or "in 2 h". */
export function relative(value, now = Date.now()) {
  const found = moment(value);
  if (!found) return "–";
  const seconds = (found.getTime() - now) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  const [size, unit] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([each]) => Math.abs(seconds) >= each);
  const text = `${Math.floor(Math.abs(seconds) / size)} ${unit}`;
  return seconds > 0 ? `in ${text}` : `${text} ago`;
}

/** A long name or digest. */
export const short = (text, length = 12) => (text.length > length ? `${text.slice(0, length)}…` : text);

/** A value of JSON as text, for people. */
export function pretty(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
