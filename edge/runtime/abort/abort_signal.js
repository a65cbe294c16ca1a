// AbortSignal: https://dom.spec.whatwg.org/#interface-AbortSignal

import {
  ArrayPrototypePush, ObjectDefineProperty, SafeSet, SetPrototypeForEach, TypeError,
} from '../bootstrap/primordials.js';
import { globals as timers } from '../timers/index.js';
import { DOMException, EventTarget, dispatch, handlerAttribute, reportException, trustedEvent } from '../events/index.js';
import { setAbortHooks } from '../events/event_target.js';
import { Follower, Followers } from './dependents.js';
import { defineInterface, illegalConstructor, isObject, requireArguments, toIntegerInRange } from '../webidl/index.js';

const { setTimeout } = timers;
const TOKEN = { __proto__: null };

let stateOf;

export class AbortSignal extends EventTarget {
  #state;

  static {
    stateOf = (signal) => {
      if (!isObject(signal) || !(#state in signal)) throw new TypeError('The signal is not an AbortSignal.');
      return signal.#state;
    };
  }

  constructor(token = undefined) {
    if (token !== TOKEN) illegalConstructor();
    super();
    this.#state = {
      __proto__: null,
      aborted: false,
      reason: undefined,
      algorithms: null,
      // Of AbortSignal.any(): what this one depends on, and what depends on this one.
      sources: null,
      dependents: null,
      follower: null,
      listened: false,
      handlers: { __proto__: null },
    };
  }

  get aborted() { return this.#state.aborted; }
  get reason() { return this.#state.reason; }

  throwIfAborted() {
    if (this.#state.aborted) throw this.#state.reason;
  }

  static abort(reason = undefined) {
    const signal = createSignal();
    const state = stateOf(signal);
    state.aborted = true;
    state.reason = reason === undefined ? abortError() : reason;
    return signal;
  }

  static timeout(milliseconds) {
    requireArguments(arguments.length, 1, 'AbortSignal.timeout');
    const delay = toIntegerInRange(milliseconds, 0, 2 ** 53 - 1, 'AbortSignal.timeout: the delay');
    const signal = createSignal();
    setTimeout(() => signalAbort(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')), delay > 2147483647 ? 2147483647 : delay);
    return signal;
  }

  static any(signals) {
    requireArguments(arguments.length, 1, 'AbortSignal.any');
    if (!isObject(signals)) throw new TypeError('AbortSignal.any: the signals are not iterable.');
    const sources = [];
    // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
    for (const signal of signals) {
      stateOf(signal);
      ArrayPrototypePush(sources, signal);
    }
    return dependentSignal(sources);
  }
}
ObjectDefineProperty(AbortSignal.prototype, 'onabort', handlerAttribute('abort', (signal) => stateOf(signal).handlers));
defineInterface(AbortSignal, 'AbortSignal');
ObjectDefineProperty(AbortSignal, 'length', { __proto__: null, value: 0, configurable: true });

function abortError() {
  return new DOMException('This operation was aborted', 'AbortError');
}

export function createSignal() {
  return new AbortSignal(TOKEN);
}

export function isAbortSignal(value) {
  try {
    stateOf(value);
    return true;
  } catch {
    return false;
  }
}

export function isAborted(signal) {
  return stateOf(signal).aborted;
}

export function abortReason(signal) {
  return stateOf(signal).reason;
}

/** Run `algorithm` when the signal aborts; returns the undo. The signal must not have aborted yet. */
export function onAbort(signal, algorithm) {
  const state = stateOf(signal);
  state.algorithms ??= new SafeSet();
  const { algorithms } = state;
  algorithms.add(algorithm);
  state.follower?.observe(signal);
  return () => {
    algorithms.delete(algorithm);
    if (algorithms.size === 0 && !state.listened) state.follower?.release();
  };
}

/** A listener for `abort` was added to some event target. */
function onListener(target) {
  if (!isAbortSignal(target)) return;
  const state = stateOf(target);
  state.listened = true;
  state.follower?.observe(target);
}

/** A new signal that aborts with the first of `sources`. */
export function dependentSignal(sources) {
  const result = createSignal();
  const state = stateOf(result);
  for (let i = 0; i < sources.length; i++) {
    const source = stateOf(sources[i]);
    if (source.aborted) {
      state.aborted = true;
      state.reason = source.reason;
      return result;
    }
  }
  state.sources = new SafeSet();
  state.follower = new Follower(result);
  for (let i = 0; i < sources.length; i++) {
    const source = stateOf(sources[i]);
    if (source.sources === null) follow(state, sources[i]);
    else SetPrototypeForEach(source.sources, (origin) => follow(state, origin));
  }
  return result;
}

function follow(state, source) {
  if (state.sources.has(source)) return;
  state.sources.add(source);
  const sourceState = stateOf(source);
  sourceState.dependents ??= new Followers();
  sourceState.dependents.add(state.follower);
}

/** https://dom.spec.whatwg.org/#abortsignal-signal-abort */
export function signalAbort(signal, reason) {
  const state = stateOf(signal);
  if (state.aborted) return;
  state.aborted = true;
  state.reason = reason === undefined ? abortError() : reason;
  const all = [signal];
  if (state.dependents !== null) {
    state.dependents.forEach((dependent) => {
      const its = stateOf(dependent);
      if (its.aborted) return;
      its.aborted = true;
      its.reason = state.reason;
      ArrayPrototypePush(all, dependent);
    });
    state.dependents = null;
  }
  for (let i = 0; i < all.length; i++) runAbortSteps(all[i]);
}

function runAbortSteps(signal) {
  const state = stateOf(signal);
  const { algorithms } = state;
  state.algorithms = null;
  if (algorithms !== null) {
    SetPrototypeForEach(algorithms, (algorithm) => {
      try {
        algorithm(state.reason);
      } catch (error) {
        reportException(error);
      }
    });
  }
  dispatch(signal, trustedEvent('abort'));
}

setAbortHooks({ onAbort, isAborted, onListener });
