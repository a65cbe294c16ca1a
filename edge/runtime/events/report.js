// Exceptions that no code can catch, and microtasks, which throw such.
// https://html.spec.whatwg.org/multipage/webappapis.html#report-an-exception

import { PromisePrototypeThen, PromiseResolve, ReflectApply, TypeError } from '../bootstrap/primordials.js';
import { reportException } from '../bootstrap/uncaught.js';

export { reportException } from '../bootstrap/uncaught.js';

/** https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#microtask-queuing */
export function queueMicrotask(callback) {
  if (typeof callback !== 'function') throw new TypeError('queueMicrotask: the callback is not a function.');
  PromisePrototypeThen(PromiseResolve(), () => {
    try {
      ReflectApply(callback, undefined, []);
    } catch (error) {
      reportException(error);
    }
  });
}
