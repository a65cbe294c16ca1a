// One end of a channel: what is on its way to a port.  Ports come and go when they are transferred, the end stays.
// https://html.spec.whatwg.org/multipage/web-messaging.html#port-message-queue

import { asyncContext } from '../bootstrap/async_context.js';
import { contextInvocation, impure } from '../bootstrap/state.js';
import { queueTask } from '../bootstrap/tasks.js';

/** The invocation that what is made now is for; null while modules are loaded, and where there is one invocation only. */
export const maker = () => asyncContext() ?? null;

const isOver = (invocation) => invocation !== null && invocation.over;

export class End {
  // The other end; null when one of them has closed.
  peer = null;
  // The port that gets the messages, and the invocation that it belongs to.
  port = null;
  owner = null;
  enabled = false;
  // Messages wait in a linked list.
  #first = null;
  #last = null;

  /** This end belongs to `port` from now on, which has to be started. */
  attach(port, owner = maker()) {
    this.port = port;
    this.owner = owner;
    this.enabled = false;
  }

  /** A message to this end: `deliver(port)` when its time has come. */
  post(deliver) {
    impure('a message');
    // What modules have made belongs to whoever uses it.
    const owner = this.owner ?? contextInvocation();
    if (isOver(owner)) return;
    const message = { __proto__: null, deliver, owner, next: null };
    if (this.#first === null) this.#first = message;
    else this.#last.next = message;
    this.#last = message;
    if (this.enabled) this.#schedule(message);
  }

  start() {
    if (this.enabled) return;
    this.enabled = true;
    for (let message = this.#first; message !== null; message = message.next) this.#schedule(message);
  }

  #schedule(message) {
    queueTask(() => this.#run(message), message.owner);
  }

  // There is a task for each message, but it may come too late (the port has closed) or too early (the port has been
  // transferred and not started, or transferred and started, so that there are two).
  #run(message) {
    while (this.#first !== null && this.#first !== message && isOver(this.#first.owner)) this.#first = this.#first.next;
    if (!this.enabled || this.#first !== message) return;
    this.#first = message.next;
    message.deliver(this.port);
  }

  /** Nothing comes any more.  The other end is told, when it has got what is on its way. */
  close(tell) {
    const { peer } = this;
    this.enabled = false;
    this.peer = this.#first = this.#last = null;
    if (peer === null) return;
    peer.peer = null;
    const owner = peer.owner ?? contextInvocation();
    if (!isOver(owner)) queueTask(() => tell(peer.port), owner);
  }
}
