// One invocation inside the isolate: from the start event to `done` or `fail`.

import {
  MathMax, ObjectAssign, ObjectSetPrototypeOf, PromisePrototypeThen, PromiseReject, SafeArray, SafeArrayPush, SafeMap, TypedArrayPrototypeGetLength,
  Uint8ArrayFromBase64,
} from './primordials.js';
import { abandonCalls, bodyFields, emit, expectReply, failAbandoned, hostCall, monotonicNow, now, withdraw } from './host.js';
import { BadFunction, BadResponse, describe } from './failures.js';
import { setAsyncContext } from './async_context.js';
import { followAsyncContext } from './extras.js';
import { enterTask } from './state.js';
import { findHandler } from './contract.js';
import { hasRejections, resetRejections } from './rejections.js';
import { waitForMain } from './modules.js';
import { clearTasks, queueTask } from './tasks.js';
import { clearTimers } from '../timers/index.js';
import { setEnvironment } from '../node/process_env.js';
import { CONTRACTS } from './lazy_groups.js';

const WRITE = 'a write to the response';
// Characters or bytes.  What is smaller costs less time as one effect than in pieces, and at most 6 MB for a moment.
const LARGE_BODY = 1048576;
const running = new SafeMap();

function isLarge(body) {
  if (body === undefined || body === null) return false;
  return (typeof body === 'string' ? body.length : TypedArrayPrototypeGetLength(body)) > LARGE_BODY;
}

export class Invocation {
  #held = new SafeArray();
  #controller = null;

  constructor(start) {
    const { request } = start;
    this.id = start.id;
    this.function = start.function;
    this.version = start.version;
    this.requestId = start.request_id;
    this.deadline = start.deadline;
    this.started = monotonicNow();
    this.memory = start.memory;
    this.env = start.env;
    if (start.prompt) this.prompt = true;
    this.bindings = start.bindings ?? { __proto__: null };
    this.request = {
      __proto__: null,
      method: request.method,
      url: request.url,
      path: request.path,
      query: request.query ?? '',
      basePath: request.base_path ?? '',
      headers: request.headers ?? [],
      params: request.params ?? {},
      ip: request.ip ?? '',
      ips: request.ips ?? [],
      httpVersion: request.http_version ?? '1.1',
      body: request.body ? Uint8ArrayFromBase64(request.body) : null,
      more: request.more ?? false,
      scheduled: request.scheduled,
      upgrade: request.upgrade ?? false,
      realtime: request.realtime,
      traced: request.traced ?? false,
    };
  }

  get signal() {
    if (this.#controller === null) {
      this.#controller = import('../abort/index.js').createAbortController();
      if (this.gone) this.#controller.abort(this.closed);
    }
    return this.#controller.signal;
  }

  /** The client has gone: what is still answered goes nowhere. */
  leave(error) {
    this.gone = true;
    this.closed = error;
    this.#controller?.abort(error);
  }

  remainingTime() {
    return MathMax(0, this.deadline - now());
  }

  head(status, headers, body, end = false) {
    if (this.over || this.closed !== null) return;
    this.ended ||= end;
    const effect = { __proto__: null, t: 'head', id: this.id, status, headers };
    if (end) effect.end = true;
    emit(bodyFields(effect, body));
  }

  /**
   * Head, whole body and end; a promise of the client having taken it when the body is large, else null.  `size` is that
   * of the body in bytes, where it is known.
   */
  respond(status, headers, body, size = -1) {
    if (isLarge(body) && !this.over) return import('./large_body.js').sendLarge(this, status, headers, body, size);
    this.head(status, headers, body, true);
    return null;
  }

  /** One chunk of the body; resolves when it has left.  Of a large one only pieces are on their way. */
  writeAll(chunk) {
    return isLarge(chunk) && !this.over ? import('./large_body.js').writeLarge(this, chunk) : this.write(chunk);
  }

  write(chunk) {
    if (this.over) return import('./ended.js').refuse(WRITE, this);
    if (this.closed !== null) return PromiseReject(this.closed);
    const { call, promise } = expectReply(this, WRITE);
    emit(bodyFields({ __proto__: null, t: 'chunk', id: this.id, ack: call }, chunk));
    return promise;
  }

  end() {
    if (this.ended || this.over || this.closed !== null) return;
    this.ended = true;
    emit({ __proto__: null, t: 'end', id: this.id });
  }

  /** Answer with a WebSocket, which the host calls `upgrade.*` are about; nothing else follows. */
  upgrade(headers, protocol) {
    if (this.ended || this.over || this.closed !== null) return;
    this.ended = this.upgraded = true;
    emit({ __proto__: null, t: 'upgrade', id: this.id, headers, protocol });
  }

  /** `{chunk}`: more of the request's body, null at its end. */
  async read() {
    if (!this.request.more) return { __proto__: null, chunk: null };
    const { value, data } = await hostCall('request.read', undefined, undefined, this);
    if (value) this.request.more = false;
    return { __proto__: null, chunk: data ?? null };
  }

  /** Work that outlives the response and the client. */
  waitUntil(promise) {
    import('./background.js').waitUntil(this, promise);
  }

  /** The invocation is not over before this promise, which does not reject; a client that leaves ends it all the same. */
  hold(promise) {
    SafeArrayPush(this.#held, promise);
  }

  /** All that is held has settled. */
  async settle() {
    for (let i = 0; i < this.#held.length; i++) await this.#held[i];
  }
}

// On the prototype, because a fresh isolate takes a microsecond for each field that it defines.
ObjectAssign(Invocation.prototype, {
  // Finished or failed: what its code still does has no effect.
  over: false,
  // Some of its host calls can be answered in the middle of a turn.
  prompt: false,
  // Its response is complete, though it may not have left yet.
  ended: false,
  // The response is a WebSocket that is open.
  upgraded: false,
  // The effect of what nothing caught after that.
  failure: null,
  // What a write is refused with: the client has gone, or the function failed and its background work goes on.
  closed: null,
  gone: false,
  // Set by a contract: (reason) => promise, cancels the source of the response when the client goes.
  onGone: null,
  background: null,
  // Kept by node/internal/net/link.js: host calls under way that do not keep the event loop busy.
  // Kept by host.js, ended.js, logs.js, invocation_local.js and ../timers for this invocation.
  calls: null,
  pendingCalls: 0,
  pendingData: 0,
  neglected: 0,
  refusals: 0,
  logTally: null,
  locals: null,
  timers: null,
  immediates: 0,
});

// Its fields are its own: no setter on Object.prototype shall see them.
ObjectSetPrototypeOf(Invocation.prototype, null);

// `instanceof` may run a trap of what was thrown.
function kindOf(error) {
  try {
    if (error instanceof BadFunction) return 'bad_function';
    return error instanceof BadResponse ? 'bad_response' : 'exception';
  } catch {
    return 'exception';
  }
}

/** End an invocation with `effect`, if it has not ended yet; the others go on. */
function finish(invocation, effect) {
  if (!running.delete(invocation.id)) return;
  invocation.logTally?.close();
  if (effect !== null) emit(effect);
  invocation.over = true;
  if (invocation.locals !== null) invocation.locals = null;
  invocation.request.body = null;
  clearTimers(invocation);
  abandonCalls(invocation);
  // Without others nobody can wait for what it has left: in the isolate of one invocation nothing runs after the answer.
  if (running.size > 0) failAbandoned();
}

const INDESCRIBABLE = { __proto__: null, name: 'Error', message: 'an error that cannot be described: builtins have been replaced', stack: '' };

function described(error) {
  try {
    return describe(error);
  } catch {
    return INDESCRIBABLE;
  }
}

function failure(invocation, error) {
  const { name, message, stack } = described(error);
  return { __proto__: null, t: 'fail', id: invocation.id, kind: kindOf(error), name, message, stack };
}

/** End an invocation that failed; what it gave to waitUntil goes on. */
function failWith(invocation, error, effect) {
  if (invocation.closed === null && !invocation.background?.pending) finish(invocation, effect);
  else import('./background.js').failOpen(invocation, error, effect, () => conclude(invocation));
}

function fail(invocation, error) {
  failWith(invocation, error, failure(invocation, error));
}

/**
 * An error that nothing caught fails the invocation.  When all of the response has left, the rest of its work goes on: it is
 * logged, and is what the invocation ends with.
 */
export function failUncaught(invocation, error, what = '') {
  const effect = failure(invocation, error);
  if (what !== '') {
    effect.message = `${what}: ${effect.name}: ${effect.message}`;
    effect.name = '';
    if (effect.stack !== '') effect.stack = `${what}: ${effect.stack}`;
  }
  if (!invocation.over && (invocation.upgraded || !(invocation.ended && !withdraw(invocation.id)))) {
    failWith(invocation, error, effect);
    return;
  }
  import('./logs.js').emitFailure(invocation, `${what === '' ? 'uncaught exception: ' : ''}${effect.stack || effect.message}`);
  invocation.failure ??= effect;
}

/** An error that belongs to no invocation. */
export function failEvery(error) {
  running.forEach((one) => fail(one, error));
}

async function run(invocation, start) {
  // The top level of modules belongs to no invocation.
  setAsyncContext(undefined);
  const waiting = waitForMain();
  if (waiting !== null) await waiting;
  const found = findHandler(start.contract, start.handler);
  setAsyncContext(invocation);
  if (invocation.request.realtime === undefined) await CONTRACTS[found.contract]().run(found.value, invocation);
  else await import('../realtime/run.js').run(found.value, invocation);
  invocation.end();
  await invocation.settle();
}

/** A start event: its task begins an invocation. */
export function start(event) {
  failAbandoned();
  queueTask(() => begin(event), null);
}

// What is left rejected by now is told first: it may fail the invocation, whose response has not been flushed yet.
function conclude(invocation) {
  if (hasRejections()) queueTask(() => finish(invocation, lastEffect(invocation)), invocation);
  else finish(invocation, lastEffect(invocation));
}

const lastEffect = (invocation) => invocation.failure ?? { __proto__: null, t: 'done', id: invocation.id };

function begin(event) {
  // In an isolate of one invocation all tasks are its own, and so is what follows from them.
  if (event.reuse) followAsyncContext();
  const invocation = new Invocation(event);
  running.set(invocation.id, invocation);
  enterTask(invocation);
  setEnvironment(event.env, undefined, event);
  PromisePrototypeThen(
    run(invocation, event),
    () => conclude(invocation),
    (error) => fail(invocation, error),
  );
}

/** Forget every invocation. */
export function resetInvocations() {
  running.clear();
  resetRejections();
  clearTasks();
  enterTask(null);
}

/** The client left. */
export function cancel(id, reason) {
  const invocation = running.get(id);
  if (invocation === undefined) return;
  enterTask(invocation);
  import('./gone.js').leave(invocation, reason);
}

/** The host has given the invocation up. */
export function forget(id) {
  const invocation = running.get(id);
  if (invocation !== undefined) finish(invocation, null);
}
