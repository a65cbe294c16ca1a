// What running code takes from outside between events: readings of the clock, random numbers, answers of operations that
// draw.  The tape of an isolate that is recorded leaves with its turns, as fields of edge/wire/messages.py's Turn; a replay
// brings it back (replayed.js).  Without a tape nothing is kept.

import { ArrayPrototypeJoin, DateNow, MathRandom, SafeArray, SafeArrayPush, Uint8ArrayPrototypeToBase64, wireJSON } from './primordials.js';
import { ring } from './doorbell.js';

// Of one turn: a loop that looks at the clock leaves two numbers for each millisecond.
const MAX_READINGS = 200000;
const MAX_DRAWN = 1048576;

// Operations whose answers depend on more than what they are given: keys, nonces, blinding.
const DRAWING = {
  __proto__: null,
  'crypto.random': true,
  'crypto.ec.generate': true,
  'crypto.ec.sign': true,
  'crypto.okp.generate': true,
  'crypto.rsa.encrypt': true,
  'crypto.rsa.generate': true,
  'crypto.rsa.sign': true,
  'nodecrypto.agreement.ecdh_generate': true,
  'nodecrypto.dh.generate': true,
  'nodecrypto.dh.prime': true,
  'nodecrypto.exporting.export': true,
  'nodecrypto.generation.generate': true,
  'nodecrypto.primes.check': true,
  'nodecrypto.primes.generate': true,
  'nodecrypto.rsa.decrypt': true,
  'nodecrypto.rsa.encrypt': true,
  'nodecrypto.rsa.seal': true,
  'nodecrypto.signing.sign': true,
};

let taping = false;
let torn = false;
let source = null; // of a replay
let readings = new SafeArray(); // milliseconds since the reading before, how many were alike, and so on
let last = 0;
let drawn = new SafeArray(); // [operation, arguments, head of the answer, its bytes in base64]
let drawnSize = 0;

let seeded = false;
let a = 0;
let b = 0;
let c = 0;
let count = 0;

/** From now on this isolate is recorded; `event` has four 32-bit numbers as `seed`, and in a replay what was recorded. */
export function startTape(event) {
  ({ 0: a, 1: b, 2: c, 3: count } = event.seed);
  seeded = taping = true;
  for (let i = 0; i < 12; i++) draw();
  if (event.replay) source = import('./replayed.js').createSource(event.replay);
  if (event.late) import('./late_clocks.js').watch(event.late);
}

/** As if none had been started. */
export function resetTape() {
  taping = seeded = torn = false;
  readings = new SafeArray();
  drawn = new SafeArray();
  last = drawnSize = 0;
}

/** A replay of other code says how much later than at the last reading it is, at least. */
export function goAhead(ms) {
  source?.notBefore(last + ms);
}

/** Milliseconds since the Unix epoch. */
export function readClock() {
  if (!taping) return DateNow();
  const time = source === null ? DateNow() : source.time();
  const at = readings.length - 1;
  if (at > 0 && time === last) {
    readings[at] += 1;
  } else if (at < MAX_READINGS) {
    SafeArrayPush(readings, time - last);
    SafeArrayPush(readings, 1);
    last = time;
  } else {
    tear();
  }
  return time;
}

function tear() {
  torn = true;
  readings = new SafeArray();
  drawn = new SafeArray();
  if (source === null) taping = false;
}

// sfc32, by Chris Doty-Humphrey (PractRand).
function draw() {
  const sum = (a + b | 0) + count | 0;
  count = count + 1 | 0;
  a = b ^ b >>> 9;
  b = c + (c << 3) | 0;
  c = (c << 21 | c >>> 11) + sum | 0;
  return sum;
}

/** A number from 0 up to 1, of 53 bits. */
export function random() {
  if (!seeded) return MathRandom();
  const high = draw() >>> 5;
  return (high * 67108864 + (draw() >>> 6)) / 9007199254740992;
}

/** `ring`, with a note of what an operation has drawn. */
export function ringTaped(op, args, data) {
  if (!taping || DRAWING[op] === undefined) return ring(op, args, data);
  const key = wireJSON({ __proto__: null, args: args === undefined ? null : args });
  const answer = source?.answer(op, key) ?? ring(op, args, data);
  const base64 = Uint8ArrayPrototypeToBase64(answer.data);
  SafeArrayPush(drawn, [op, key, answer.head, base64]);
  drawnSize += base64.length + key.length + answer.head.length;
  if (drawnSize > MAX_DRAWN) tear();
  return answer;
}

/** What the tape adds to a turn's JSON, which has a field before it; '' without one. */
export function takeTape() {
  let text = '';
  if (readings.length > 0) {
    text = `,"clock":[${ArrayPrototypeJoin(readings, ',')}]`;
    readings = new SafeArray();
  }
  if (drawn.length > 0) {
    text += `,"drawn":${wireJSON(drawn)}`;
    drawn = new SafeArray();
    drawnSize = 0;
  }
  if (torn) {
    text += ',"torn":true';
    torn = false;
  }
  return text;
}
