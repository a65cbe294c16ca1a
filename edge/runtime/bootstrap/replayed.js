// What a replay brings back to an isolate: readings of the clock and answers of operations that draw, in the order in which
// they were recorded.  Other code may want more than that, or something else.

import { ArrayPrototypeShift, DateNow, MathMax, SafeArray, SafeArrayPush, SafeMap, Uint8ArrayFromBase64 } from './primordials.js';

// A loop that waits for a time comes to an end, whatever the machine: so many readings are a millisecond.
const READINGS_PER_MS = 64;

/**
 * `{clock, drawn, runs}` as recorded.  Beyond its end the clock goes on by itself where the recording was of a run that did not
 * come back (`runs`), else slowly and the same way each time.
 */
export function createSource({ clock = [], drawn = [], runs = false }) {
  const answers = new SafeMap();
  for (let i = 0; i < drawn.length; i++) {
    const { 0: op, 1: key, 2: head, 3: data } = drawn[i];
    const name = `${op} ${key}`;
    if (!answers.has(name)) answers.set(name, new SafeArray());
    SafeArrayPush(answers.get(name), { __proto__: null, head, data });
  }
  let at = 0;
  let left = 0;
  let time = 0;
  let least = 0;
  let beyond = 0; // readings, or when the real clock took over

  function next() {
    if (left === 0 && at < clock.length) {
      time += clock[at];
      left = clock[at + 1];
      at += 2;
    }
    if (left > 0) {
      left -= 1;
      return time;
    }
    if (!runs) {
      beyond += 1;
      if (beyond % READINGS_PER_MS === 0) time += 1;
      return time;
    }
    if (beyond === 0) beyond = DateNow() - time;
    return DateNow() - beyond;
  }

  return {
    __proto__: null,
    time: () => MathMax(next(), least),
    notBefore(ms) { least = MathMax(least, ms); },
    answer(op, key) {
      const waiting = answers.get(`${op} ${key}`);
      if (waiting === undefined || waiting.length === 0) return undefined;
      const { head, data } = ArrayPrototypeShift(waiting);
      return { __proto__: null, head, data: Uint8ArrayFromBase64(data) };
    },
  };
}
