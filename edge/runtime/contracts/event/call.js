// Calling a handler, and the ways in which it may answer: a promise, the callback, the context.  The first answer counts.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html

import { Error, ErrorIsError, Promise, PromisePrototypeThen, ReflectApply, String } from '../../bootstrap/primordials.js';
import { whenIdle } from '../../bootstrap/idle.js';
import { promiseOf } from '../../bootstrap/promise_of.js';
import { createContext } from './context.js';
import { createEvent } from './event.js';

function toError(error) {
  if (ErrorIsError(error)) return error;
  return new Error(typeof error === 'object' && error !== null ? (error.message ?? 'the function failed') : String(error));
}

const isNothing = (value) => value === undefined || value === null;

/** `{done, fail, succeed, callback, isOver}`, of which the first that is called settles the promise. */
function waysToAnswer(invocation, resolve, reject, waits) {
  let over = false;
  const first = (answer) => {
    if (over) return;
    over = true;
    answer();
  };
  const done = (error, result) => first(() => (isNothing(error) ? resolve(result) : reject(toError(error))));
  return {
    __proto__: null,
    done,
    fail: (error) => done(isNothing(error) ? 'handled' : error),
    succeed: (result) => done(null, result),
    callback: (error, result) => {
      if (!isNothing(error) || !waits()) done(error, result);
      else first(() => whenIdle(invocation, () => resolve(result)));
    },
    isOver: () => over,
  };
}

// A handler that returned no promise answers by the callback or the context.  If it has not when nothing is under way any
// more, its answer is what it returned; Lambda says null then.
function answerLater(invocation, result, ways, waits) {
  const answer = () => ways.succeed(result);
  if (result !== undefined && !waits()) answer();
  else if (!ways.isOver()) whenIdle(invocation, answer);
}

export function eventOf(invocation, bytes) {
  return invocation.request.scheduled ? import('./scheduled.js').createScheduledEvent(invocation) : createEvent(invocation, bytes);
}

/** A promise of the handler's result. */
export function callHandler(handler, invocation, bytes) {
  return new Promise((resolve, reject) => {
    let context = null;
    const waits = () => !!context.callbackWaitsForEmptyEventLoop;
    const ways = waysToAnswer(invocation, resolve, reject, waits);
    context = createContext(invocation, ways);
    const result = ReflectApply(handler, undefined, [eventOf(invocation, bytes), context, ways.callback]);
    const promise = promiseOf(result);
    // What a promise brings may be anything that can be thrown.
    if (promise !== null) PromisePrototypeThen(promise, ways.succeed, (error) => (ways.isOver() ? undefined : reject(error)));
    else answerLater(invocation, result, ways, waits);
  });
}
