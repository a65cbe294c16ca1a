// One invocation of a handler that streams its response: handler(event, responseStream, context).

import { Error, Promise, PromisePrototypeThen, ReflectApply } from '../../bootstrap/primordials.js';
import { BadResponse } from '../../bootstrap/failures.js';
import { whenIdle } from '../../bootstrap/idle.js';
import { promiseOf } from '../../bootstrap/promise_of.js';
import { eventOf } from './call.js';
import { createContext } from './context.js';
import { createResponseStream } from './response_stream.js';

function unavailable() {
  throw new Error('a handler that streams its response answers by the stream');
}

/** Settles as `finished` does; fails when nothing is under way any more that could end the stream. */
function ended(invocation, finished) {
  return new Promise((resolve, reject) => {
    PromisePrototypeThen(finished, resolve, reject);
    whenIdle(invocation, () => reject(new BadResponse('the handler has returned, and never ended its response stream (responseStream.end())')));
  });
}

export async function runStreaming(handler, invocation, bytes) {
  const { stream, finished } = createResponseStream(invocation);
  // Who waits for the handler first shall not leave this one rejected.
  PromisePrototypeThen(finished, undefined, () => {});
  const context = createContext(invocation, { __proto__: null, done: unavailable, fail: unavailable, succeed: unavailable });
  const promise = promiseOf(ReflectApply(handler, undefined, [eventOf(invocation, bytes), stream, context]));
  if (promise === null) throw new BadResponse('a handler that streams its response has to be async');
  await promise;
  await ended(invocation, finished);
}
