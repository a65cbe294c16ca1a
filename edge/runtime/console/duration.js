// A duration as console.timeEnd prints it.

import { MathFloor, Number, NumberPrototypeToFixed, NumberPrototypeToString, StringPrototypePadStart } from '../bootstrap/primordials.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const two = (number) => StringPrototypePadStart(NumberPrototypeToString(number), 2, '0');

/** `ms` as "1.5ms", "2.003s", "1:02.000 (m:ss.mmm)" or "1:02:03 (h:mm:ss)". */
export function duration(ms) {
  if (ms < SECOND) return `${Number(NumberPrototypeToFixed(ms, 3))}ms`;
  if (ms < MINUTE) return `${NumberPrototypeToFixed(ms / SECOND, 3)}s`;
  const seconds = (ms % MINUTE) / SECOND;
  if (ms < HOUR) return `${MathFloor(ms / MINUTE)}:${StringPrototypePadStart(NumberPrototypeToFixed(seconds, 3), 6, '0')} (m:ss.mmm)`;
  return `${MathFloor(ms / HOUR)}:${two(MathFloor((ms % HOUR) / MINUTE))}:${two(MathFloor(seconds))} (h:mm:ss)`;
}
