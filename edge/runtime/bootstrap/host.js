// The runtime's side of the border: effects out, replies in.  See edge/wire/messages.py.

import {
  ArrayPrototypePush, Error, JSONParse, JSONStringify, Promise, PromiseReject, RegExpPrototypeSymbolReplace, SafeMap,
  StringPrototypeIncludes, StringPrototypeSlice, Uint8ArrayFromBase64,
  Uint8ArrayPrototypeToBase64, DateNow, MathMax,
} from './primordials.js';
import { ring } from './doorbell.js';
import { hostError } from './failures.js';
import { currentInvocation, impure, isBuilding } from './state.js';
import { errorClasses } from './error_classes.js';

export { currentInvocation, impure, isBuilding } from './state.js';

const MAX_PENDING_CALLS = 1000;
const MAX_TURN_LOGS = 1000;
const MAX_TURN_LOG_CHARS = 262144;
const MAX_LINE_CHARS = 10000;

const ESCAPES = /\\\\|\\ud[89a-f][0-9a-f]{2}/g;

let effects = [];
let logLines = 0;
let logChars = 0;
let logsDropped = 0;
let lastCall = 0;
let lastMono = 0;
let pending = new SafeMap();
let pendingCalls = 0;

/** Hand one effect to the host, with the next flush. */
export function emit(effect) {
  if (effect.t === 'log') return emitLog(effect);
  ArrayPrototypePush(effects, effect);
  return undefined;
}

function emitLog(effect) {
  logLines += 1;
  logChars += effect.text.length;
  if (logLines > MAX_TURN_LOGS || logChars > MAX_TURN_LOG_CHARS + MAX_LINE_CHARS) {
    logsDropped += 1;
    return;
  }
  const { text } = effect;
  if (text.length > MAX_LINE_CHARS) {
    effect.text = `${StringPrototypeSlice(text, 0, MAX_LINE_CHARS)}... ${text.length - MAX_LINE_CHARS} more characters`;
  }
  ArrayPrototypePush(effects, effect);
}

function noteDroppedLogs() {
  const invocation = currentInvocation();
  if (logsDropped > 0 && invocation !== null) {
    ArrayPrototypePush(effects, { __proto__: null, t: 'log', id: invocation.id, level: 'warn', text: `${logsDropped} log lines dropped (at most ${MAX_TURN_LOGS} lines or ${MAX_TURN_LOG_CHARS} characters a turn)` });
  }
  logLines = 0;
  logChars = 0;
  logsDropped = 0;
}

/** Take all effects so far, as the JSON array of a turn; '' when there are none. */
export function takeEffects() {
  if (logLines > 0) noteDroppedLogs();
  if (effects.length === 0) return '';
  const taken = effects;
  effects = [];
  return wellFormed(JSONStringify(taken));
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

/** A new call number whose reply settles the returned promise; `counted` when it is a host call, not a chunk that leaves. */
export function expectReply(counted = false) {
  lastCall += 1;
  const call = lastCall;
  if (counted) pendingCalls += 1;
  const promise = new Promise((resolve, reject) => pending.set(call, { __proto__: null, resolve, reject, counted }));
  return { __proto__: null, call, promise };
}

/** Ask the host: resolves to `{value, data}`; rejects with the class of error that the host names. */
export function hostCall(op, args, data) {
  impure(`host call ${op}`);
  const invocation = currentInvocation();
  if (isBuilding() || invocation === null) return new Promise(() => {});
  if (pendingCalls >= MAX_PENDING_CALLS) return PromiseReject(new Error(`too many host calls at once (at most ${MAX_PENDING_CALLS}): await some before starting more`));
  const { call, promise } = expectReply(true);
  const effect = { __proto__: null, t: 'call', id: invocation.id, call, op };
  if (args !== undefined) effect.args = args;
  if (data !== undefined && data !== null) effect.data = Uint8ArrayPrototypeToBase64(data);
  ArrayPrototypePush(effects, effect);
  return promise;
}

/** A reply from the host: settle its call. Unknown numbers (an invocation that has ended) are dropped. */
export function settle(reply) {
  const waiting = pending.get(reply.call);
  if (waiting === undefined) return;
  pending.delete(reply.call);
  if (waiting.counted) pendingCalls -= 1;
  if (reply.error) waiting.reject(hostError(reply.error, errorClasses));
  else waiting.resolve({ __proto__: null, value: reply.value, data: reply.data ? Uint8ArrayFromBase64(reply.data) : undefined });
}

/** Forget every call that still waits: its invocation has ended. */
export function forgetCalls() {
  pending = new SafeMap();
  pendingCalls = 0;
}

/** Forget everything, as if nothing had run. */
export function resetHost() {
  effects = [];
  forgetCalls();
  logLines = 0;
  logChars = 0;
  logsDropped = 0;
  lastCall = 0;
  lastMono = 0;
}

/** Synchronous, CPU-only operation in the process that holds V8: `{value, data}`; throws what it names. */
export function hostCallSync(op, args, data) {
  impure(`host call ${op}`);
  const answer = ring(op, args, data);
  const reply = JSONParse(answer.head);
  if (reply.error) throw hostError(reply.error, errorClasses);
  return { __proto__: null, value: reply.value, data: answer.data };
}

/** Milliseconds since the Unix epoch. */
export function now() {
  impure('the clock');
  return DateNow();
}

/** Milliseconds on a clock that never goes back; whole, so that it is no tool for timing attacks. */
export function monotonicNow() {
  impure('the clock');
  lastMono = MathMax(lastMono, DateNow());
  return lastMono;
}
