// Callback and promise forms of the synchronous operations: the work is done at once, its result comes in a task of its own.

import { ArrayPrototypeConcat, ArrayPrototypePop, Promise, ReflectApply, StringPrototypeStartsWith } from '../../../bootstrap/primordials.js';
import { queueTask } from '../../../bootstrap/tasks.js';
import { abortError, invalidArgType, validateFunction } from '../errors.js';

const isMistake = (error) => typeof error?.code === 'string' && StringPrototypeStartsWith(error.code, 'ERR_') && !StringPrototypeStartsWith(error.code, 'ERR_FS_');

/** The AbortSignal among the arguments, which are checked. */
function signalIn(args) {
  const last = args[args.length - 1];
  const signal = typeof last === 'object' && last !== null ? last.signal : undefined;
  if (signal === undefined || signal === null) return undefined;
  if (typeof signal !== 'object' || !('aborted' in signal)) throw invalidArgType('options.signal', 'AbortSignal', signal);
  return signal;
}

/** `operation` with a callback as last argument; what is wrong with arguments is thrown at once.  `check` is for the first one: it comes before the callback. */
export function withCallback(operation, extra = () => [], name = 'cb', check = undefined) {
  return function (...args) {
    const callback = ArrayPrototypePop(args);
    if (typeof callback !== 'function' && check !== undefined) check(args.length > 0 ? args[0] : callback);
    validateFunction(callback, name);
    const signal = signalIn(args);
    let outcome;
    try {
      if (signal?.aborted) throw abortError(signal);
      const value = ReflectApply(operation, undefined, args);
      outcome = value === undefined ? [null] : ArrayPrototypeConcat([null], [value], extra(args));
    } catch (error) {
      if (isMistake(error)) throw error;
      outcome = [error];
    }
    queueTask(() => ReflectApply(callback, undefined, signal?.aborted ? [abortError(signal)] : outcome));
  };
}

/** `operation` as an async function. */
export function withPromise(operation) {
  return function (...args) {
    return new Promise((resolve, reject) => {
      const signal = signalIn(args);
      let settle;
      try {
        if (signal?.aborted) throw abortError(signal);
        const value = ReflectApply(operation, this, args);
        settle = () => resolve(value);
      } catch (error) {
        settle = () => reject(error);
      }
      queueTask(() => (signal?.aborted ? reject(abortError(signal)) : settle()));
    });
  };
}
