// Durations as text, of the kind "2 days" or "10h".

import { Number, RegExpPrototypeExec, StringPrototypeToLowerCase } from '../../bootstrap/primordials.js';

const DURATION = /^(-?(?:\d+)?\.?\d+) *([a-z]*)$/;
const UNITS = /^(?:(ms|msecs?|milliseconds?)?|(s|secs?|seconds?)|(m|mins?|minutes?)|(h|hrs?|hours?)|(d|days?)|(w|weeks?)|(y|yrs?|years?))$/;
const MILLISECONDS = [1, 1000, 60000, 3600000, 86400000, 604800000, 31557600000];

/** In milliseconds; 0 for what is none. */
export function durationOf(text) {
  const found = RegExpPrototypeExec(DURATION, StringPrototypeToLowerCase(text));
  const unit = found === null ? null : RegExpPrototypeExec(UNITS, found[2]);
  if (unit === null) return 0;
  let at = 0;
  for (let i = 1; i < unit.length; i++) if (unit[i] !== undefined) at = i - 1;
  return Number(found[1]) * MILLISECONDS[at];
}
