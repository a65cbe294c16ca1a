// A script that listens, `addEventListener('fetch', (event) => event.respondWith(...))`, as a handler of the web contract.

import { BadResponse } from '../bootstrap/failures.js';
import { trusted } from '../events/index.js';
import { dispatch, isHeardGlobally } from '../events/event_target.js';
import { bindAll } from './bindings.js';
import { setContext } from './extendable_event.js';
import { FetchEvent, answerOf } from './fetch_event.js';
import { ScheduledEvent } from './scheduled_event.js';

function send(event, env, context) {
  bindAll(env);
  setContext(event, context);
  dispatch(globalThis, trusted(event));
  return event;
}

function fetch(request, env, context) {
  const answer = answerOf(send(new FetchEvent('fetch', { __proto__: null, request, cancelable: true }), env, context));
  // A browser would fetch from the network; there is no origin behind a function.
  if (answer === null) throw new BadResponse('no listener of "fetch" called event.respondWith(response)');
  return answer.response;
}

function scheduled({ cron, scheduledTime }, env, context) {
  send(new ScheduledEvent('scheduled', { __proto__: null, cron, scheduledTime }), env, context);
}

/** The handler that calls the listeners of the script; undefined when it has none. */
export function createListeningHandler() {
  const handler = { __proto__: null };
  if (isHeardGlobally('fetch')) handler.fetch = fetch;
  if (isHeardGlobally('scheduled')) handler.scheduled = scheduled;
  return handler.fetch === undefined && handler.scheduled === undefined ? undefined : handler;
}
