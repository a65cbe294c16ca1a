// The runtime's side of the border: effects out, replies in.  See edge/wire/messages.py.

import {
  Error, JSONParse, Promise, PromiseReject, RegExpPrototypeSymbolReplace, SafeArray, SafeArrayPush, SafeMap, SafeSet,
  SetPrototypeForEach, StringPrototypeIncludes, Uint8ArrayFromBase64, Uint8ArrayPrototypeToBase64, MathMax, TypedArrayPrototypeGetByteLength, wireJSON, withoutPrototypes,
} from './primordials.js';
import { hostError } from './failures.js';
import { contextInvocation, enterTask, impure, isBuilding } from './state.js';
import { errorClasses } from './error_classes.js';
import { readClock, ringTaped } from './tape.js';
import { queueTask } from './tasks.js';

export { contextInvocation, currentInvocation, impure, isBuilding } from './state.js';

const MAX_PENDING_CALLS = 1000;
const MAX_PENDING_DATA = 134217728; // bytes, which the host keeps until it answers; one call alone may have more

const ESCAPES = /\\\\|\\ud[89a-f][0-9a-f]{2}/g;

let effects = new SafeArray();
let lastCall = 0;
let lastMono = 0;
let callsNow = 0; // of this turn
const pending = new SafeMap(); // call -> {owner, op, resolve, reject, counted, size}
let abandoned = new SafeArray(); // calls whose invocation ended before their reply came

/** Invocations that have logged in this turn: each has a `logTally`, which closes with the turn. */
export const loudInvocations = new SafeArray();

/** Hand one effect to the host, with the next flush. */
export function emit(effect) {
  SafeArrayPush(effects, effect);
}

const ANSWERS = { __proto__: null, head: true, chunk: true, end: true };

/** Take back what of an invocation's response has not been flushed yet; whether its end was part of it. */
export function withdraw(id) {
  const kept = new SafeArray();
  let ended = false;
  for (let i = 0; i < effects.length; i++) {
    const effect = effects[i];
    if (effect.id !== id || !ANSWERS[effect.t]) SafeArrayPush(kept, effect);
    else if (effect.t === 'end' || effect.end) ended = true;
  }
  effects = kept;
  return ended;
}

/** Whether the host is still to learn that an invocation has ended. */
export function isEnding(id) {
  for (let i = 0; i < effects.length; i++) if (effects[i].id === id && effects[i].t === 'done') return true;
  return false;
}

/** Take all effects so far, as the JSON array of a turn; '' when there are none. */
export function takeEffects() {
  for (let i = 0; i < loudInvocations.length; i++) loudInvocations[i].logTally?.close();
  loudInvocations.length = 0;
  callsNow = 0;
  if (effects.length === 0) return '';
  const taken = effects;
  effects = new SafeArray();
  return wellFormed(wireJSON(taken));
}

// JSON.stringify escapes lone surrogates, and nothing else, as \\ud8xx to \\udfxx; the host takes well-formed text only.
function wellFormed(json) {
  if (!StringPrototypeIncludes(json, '\\ud')) return json;
  return RegExpPrototypeSymbolReplace(ESCAPES, json, (escape) => (escape === '\\\\' ? escape : '\ufffd'));
}

/** The fields of a chunk of body: text as it is, bytes as base64. */
export function bodyFields(effect, body) {
  if (body === undefined || body === null) return effect;
  if (typeof body === 'string') effect.text = body;
  else effect.data = Uint8ArrayPrototypeToBase64(body);
  return effect;
}

/** A new call number of an invocation, whose reply settles the returned promise; `counted` when it is a host call (with `size` bytes of data), not a chunk that leaves. */
export function expectReply(owner, op, counted = false, size = 0) {
  lastCall += 1;
  const call = lastCall;
  if (counted) owner.pendingCalls += 1;
  owner.pendingData += size;
  owner.calls ??= new SafeSet();
  owner.calls.add(call);
  const promise = new Promise((resolve, reject) => pending.set(call, { __proto__: null, owner, op, resolve, reject, counted, size }));
  return { __proto__: null, call, promise };
}

/**
 * Ask the host: resolves to `{value, data}`; rejects with the class of error that the host names.  The call is one of the
 * invocation whose code this is, unless it is about something of another: `owner`.
 */
export function hostCall(op, args, data, owner = contextInvocation()) {
  impure(`host call ${op}`);
  if (isBuilding()) return new Promise(() => {});
  if (owner === null || owner.over) return import('./ended.js').refuse(op, owner);
  if (owner.pendingCalls >= MAX_PENDING_CALLS) return PromiseReject(new Error(`too many host calls at once (at most ${MAX_PENDING_CALLS}): await some before starting more`));
  const size = data === undefined || data === null ? 0 : TypedArrayPrototypeGetByteLength(data);
  if (size > 0 && owner.pendingData > 0 && owner.pendingData + size > MAX_PENDING_DATA) return PromiseReject(new Error(`too much data in host calls at once (at most ${MAX_PENDING_DATA} bytes): await some before starting more`));
  const { call, promise } = expectReply(owner, op, true, size);
  const effect = { __proto__: null, t: 'call', id: owner.id, call, op };
  if (args !== undefined) effect.args = args;
  if (data !== undefined && data !== null) effect.data = Uint8ArrayPrototypeToBase64(data);
  SafeArrayPush(effects, effect);
  return promise;
}

// What one turn asks in its middle, before it asks in the usual way: others shall get their turn.
const MAX_CALLS_NOW = 64;

/**
 * `hostCall` for what the host may have at hand, to be awaited: then the isolate waits for it, and the turn goes on.
 * What was asked before comes first.
 */
export function hostCallNow(op, args) {
  const owner = contextInvocation();
  if (owner === null || !owner.prompt || owner.over || owner.pendingCalls > 0 || callsNow === MAX_CALLS_NOW) return hostCall(op, args);
  callsNow += 1;
  const { value: found, data } = hostCallSync('call.now', { __proto__: null, id: owner.id, op, args });
  return found === false ? hostCall(op, args) : { __proto__: null, value: withoutPrototypes(found[0], 1), data };
}

/** A reply from the host: settle its call. Unknown numbers (an invocation that has ended) are dropped. */
export function settle(reply) {
  const waiting = pending.get(reply.call);
  if (waiting === undefined) return;
  const { owner, counted, size } = waiting;
  pending.delete(reply.call);
  owner.calls.delete(reply.call);
  if (counted) owner.pendingCalls -= 1;
  owner.pendingData -= size;
  enterTask(owner);
  if (reply.error) waiting.reject(hostError(reply.error, errorClasses));
  else waiting.resolve({ __proto__: null, value: reply.value, data: reply.data ? Uint8ArrayFromBase64(reply.data) : undefined });
}

/** Chunks that the client has not taken, and never will. */
export function failWrites(owner, error) {
  if (owner.calls === null) return;
  SetPrototypeForEach(owner.calls, (call) => {
    const { reject, counted } = pending.get(call);
    if (counted) return;
    pending.delete(call);
    owner.calls.delete(call);
    reject(error);
  });
}

/** Give up the calls of an invocation that has ended; failAbandoned tells those who wait for them. */
export function abandonCalls(owner) {
  if (owner.calls === null) return;
  SetPrototypeForEach(owner.calls, (call) => {
    SafeArrayPush(abandoned, pending.get(call));
    pending.delete(call);
  });
  owner.calls = null;
}

/** Queue a task that fails all abandoned calls: another invocation may wait for one. */
export function failAbandoned() {
  if (abandoned.length === 0) return;
  const calls = abandoned;
  abandoned = new SafeArray();
  queueTask(() => import('./ended.js').failAll(calls), null);
}

/** Forget everything, as if nothing had run. */
export function resetHost() {
  effects = new SafeArray();
  abandoned = new SafeArray();
  pending.clear();
  lastCall = 0;
  lastMono = 0;
}

/** Synchronous, CPU-only operation in the process that holds V8, with bytes or a list of them: `{value, data}`; throws what it names. */
export function hostCallSync(op, args, data) {
  impure(`host call ${op}`);
  const answer = ringTaped(op, args, data);
  const reply = withoutPrototypes(JSONParse(answer.head), 2);
  if (reply.error) throw hostError(reply.error, errorClasses);
  return { __proto__: null, value: reply.value, data: answer.data };
}

/** Milliseconds since the Unix epoch. */
export function now() {
  impure('the clock');
  return readClock();
}

/** Milliseconds on a clock that never goes back; whole, so that it is no tool for timing attacks. */
export function monotonicNow() {
  impure('the clock');
  lastMono = MathMax(lastMono, readClock());
  return lastMono;
}
