// An invocation that is an event of a Socket.IO client.  Loaded when there is one.

import { BadFunction } from '../bootstrap/failures.js';
import { run as runExpress } from '../contracts/express/run.js';
import { Router } from '../contracts/express/router.js';
import { RealtimeEvent } from './event.js';
import { deliver } from './namespace.js';
import { isNamespace } from './registry.js';

/** Gives the event to the namespace that the package exports, or to one that its Router uses. */
export async function run(handler, invocation) {
  const { realtime, body } = invocation.request;
  const event = new RealtimeEvent(realtime, body);
  event.enter();
  if (isNamespace(handler)) {
    await deliver(handler, event);
    if (event.refusal !== null) invocation.respond(403, [['content-type', 'application/json']], event.refusal);
    else invocation.respond(204, [], undefined);
    return;
  }
  if (!(handler instanceof Router)) throw new BadFunction('the package exports no RealtimeNamespace, and no Router that uses one: it has no events');
  await runExpress(handler, invocation);
  if (!event.taken) throw new BadFunction(`no RealtimeNamespace of the package has the path ${event.path}`);
}
