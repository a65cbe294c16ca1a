// What happens to an exception that no code can catch: it is thrown again in a task of its own, where it fails the
// invocation.  https://html.spec.whatwg.org/multipage/webappapis.html#report-the-exception

import { PromisePrototypeThen, PromiseResolve, ReflectApply, TypeError } from '../bootstrap/primordials.js';
import { queueTask } from '../bootstrap/tasks.js';

export function reportException(error) {
  queueTask(() => { throw error; });
}

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
