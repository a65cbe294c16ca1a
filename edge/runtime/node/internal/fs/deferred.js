// Callback and promise forms of the synchronous operations: the work is done at once, its result comes in a task of its own.

import { ArrayPrototypeConcat, ArrayPrototypePop, Promise, ReflectApply, StringPrototypeStartsWith } from '../../../bootstrap/primordials.js';
import { queueTask } from '../../../bootstrap/tasks.js';
import { validateFunction } from '../errors.js';

const isMistake = (error) => typeof error?.code === 'string' && StringPrototypeStartsWith(error.code, 'ERR_INVALID');

/** `operation` with a callback as last argument; what is wrong with arguments is thrown at once. */
export function withCallback(operation, extra = () => []) {
  return function (...args) {
    const callback = ArrayPrototypePop(args);
    validateFunction(callback, 'cb');
    let outcome;
    try {
      const value = ReflectApply(operation, undefined, args);
      outcome = value === undefined ? [null] : ArrayPrototypeConcat([null, value], extra(args));
    } catch (error) {
      if (isMistake(error)) throw error;
      outcome = [error];
    }
    queueTask(() => ReflectApply(callback, undefined, outcome));
  };
}

/** `operation` as an async function. */
export function withPromise(operation) {
  return function (...args) {
    return new Promise((resolve, reject) => {
      let settle;
      try {
        const value = ReflectApply(operation, this, args);
        settle = () => resolve(value);
      } catch (error) {
        settle = () => reject(error);
      }
      queueTask(settle);
    });
  };
}
