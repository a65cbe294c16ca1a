// One invocation by the event contract: handler(event, context[, callback]).

import { Error, ErrorIsError, Promise, PromisePrototypeThen, ReflectApply, String } from '../../bootstrap/primordials.js';
import { promiseOf } from '../../bootstrap/promise_of.js';
import { readBody } from '../express/body.js';
import { createContext } from './context.js';
import { createEvent } from './event.js';
import { interpret } from './response.js';

function toError(error) {
  if (ErrorIsError(error)) return error;
  return new Error(typeof error === 'object' && error !== null ? (error.message ?? 'the function failed') : String(error));
}

/** The handler's result: what it returns, what its promise brings, or what it gives to the callback. */
function call(handler, invocation, bytes) {
  return new Promise((resolve, reject) => {
    const settle = (error, result) => {
      if (error === undefined || error === null) resolve(result);
      else reject(toError(error));
    };
    const context = createContext(invocation, settle);
    const event = invocation.request.scheduled ? import('./scheduled.js').createScheduledEvent(invocation) : createEvent(invocation, bytes);
    const result = ReflectApply(handler, undefined, [event, context, settle]);
    const promise = promiseOf(result);
    if (promise !== null) PromisePrototypeThen(promise, resolve, reject);
    // A handler that takes the callback answers by it, unless it returns something all the same.
    else if (result !== undefined || handler.length < 3) resolve(result);
  });
}

/** Runs `handler` for one invocation; see docs/architecture.md, "The runtime inside an isolate". */
export async function run(handler, invocation) {
  const { bytes } = await readBody(invocation);
  const { status, headers, body, size } = interpret(await call(handler, invocation, bytes));
  const silent = invocation.request.method === 'HEAD' || status === 204 || status === 304;
  const left = invocation.respond(status, headers, silent || body.length === 0 ? undefined : body, size);
  if (left !== null) await left;
}
