// Promises of the runtime's own.  They are never resolved with another promise, whose `then` would be looked up by name.

import { Promise, PromisePrototypeThen, PromiseReject, PromiseResolve, ReflectApply } from '../bootstrap/primordials.js';

const ignore = () => {};
const fulfilled = PromiseResolve(undefined);

/** A promise and what settles it. */
export class Deferred {
  resolve;
  reject;
  promise = new Promise((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** An outcome that becomes a promise when somebody asks for it.  Its rejection counts as handled: nobody may have asked. */
export class Outcome {
  #state = 'pending';
  #reason;
  #deferred = null;
  #promise = null;

  get isPending() { return this.#state === 'pending'; }

  get promise() {
    if (this.#promise !== null) return this.#promise;
    if (this.#state === 'pending') {
      this.#deferred = new Deferred();
      this.#promise = this.#deferred.promise;
    } else this.#promise = this.#state === 'resolved' ? PromiseResolve(undefined) : handled(PromiseReject(this.#reason));
    return this.#promise;
  }

  resolve() {
    if (this.#state !== 'pending') return;
    this.#state = 'resolved';
    if (this.#deferred !== null) this.#deferred.resolve(undefined);
  }

  reject(reason) {
    if (this.#state !== 'pending') return;
    this.#state = 'rejected';
    this.#reason = reason;
    if (this.#deferred === null) return;
    handled(this.#promise);
    this.#deferred.reject(reason);
  }

  static resolved() {
    const outcome = new Outcome();
    outcome.resolve();
    return outcome;
  }

  static rejected(reason) {
    const outcome = new Outcome();
    outcome.reject(reason);
    return outcome;
  }
}

/** Says that nobody needs to look at a rejection of this promise; gives it back. */
export function handled(promise) {
  PromisePrototypeThen(promise, undefined, ignore);
  return promise;
}

// The steps of streams give `undefined` when they are done, or a promise.

/** Runs one of the two in a microtask after the steps have ended. */
export function upon(result, onDone, onFailed) {
  PromisePrototypeThen(result ?? fulfilled, onDone, onFailed);
}

/** A promise that takes on the outcome of the steps `next`, which run after `result`; `failed` may replace a failure by steps, too. */
export function chain(result, next, failed = undefined) {
  const deferred = new Deferred();
  const go = (steps) => (value) => {
    let following;
    try {
      following = steps(value);
    } catch (error) {
      deferred.reject(error);
      return;
    }
    if (following === undefined) deferred.resolve(undefined);
    else PromisePrototypeThen(following, () => deferred.resolve(undefined), deferred.reject);
  };
  upon(result, go(next), failed === undefined ? deferred.reject : go(failed));
  return deferred.promise;
}

/** A promise for users of what steps gave. */
export function promiseOf(result) {
  return result ?? PromiseResolve(undefined);
}

/** Calls a function of the user's: what it gives becomes a promise, what it throws a rejected one. */
export function call(callback, self, args) {
  try {
    const result = ReflectApply(callback, self, args);
    return result === undefined ? undefined : PromiseResolve(result);
  } catch (error) {
    return PromiseReject(error);
  }
}

/** The steps that `run` gives; what it throws is their failure. */
export function attempt(run) {
  try {
    return run();
  } catch (error) {
    return PromiseReject(error);
  }
}

/** The steps of a `start` of the user's; what it throws is thrown. */
export function startSteps(self, start, controller) {
  if (start === undefined) return undefined;
  const result = ReflectApply(start, self, [controller]);
  return result === undefined ? undefined : PromiseResolve(result);
}
