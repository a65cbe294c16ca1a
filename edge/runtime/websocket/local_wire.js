// The wire between the two ends of a WebSocketPair, in memory; an end can be handed to a wire of the host's.

import { SafeArray, SafeArrayPush } from '../bootstrap/primordials.js';
import { contextInvocation } from '../bootstrap/host.js';
import { queueTask } from '../bootstrap/tasks.js';

export class LocalWire {
  peer = null;
  #sink = null;
  // What has been sent to this end and not been delivered, as long as nobody takes it.
  #waiting = new SafeArray();
  #closed = false;
  // Takes the place of the other end.
  #outside = null;

  /** Somebody listens at this end. */
  get started() { return this.#sink !== null; }

  start(sink) {
    this.#sink = sink;
    if (this.#outside !== null) {
      this.#outside.start(sink);
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = new SafeArray();
    for (let i = 0; i < waiting.length; i++) this.#schedule(waiting[i]);
  }

  #schedule(deliver) {
    if (this.#sink === null) SafeArrayPush(this.#waiting, deliver);
    else queueTask(() => deliver(this.#sink), contextInvocation());
  }

  send(kind, data, size) {
    if (this.#outside !== null) {
      this.#outside.send(kind, data, size);
      return;
    }
    this.#tell(size, { __proto__: null, kind, data, size });
  }

  #tell(size, message) {
    this.peer.#take((sink) => sink.message(message.kind, message.data), message);
    this.#sink?.sent(size);
  }

  #take(deliver, message) {
    deliver.message = message;
    this.#schedule(deliver);
  }

  close(code, reason) {
    if (this.#outside !== null) {
      this.#outside.close(code, reason);
      return;
    }
    if (this.#closed) return;
    this.#closed = this.peer.#closed = true;
    const closed = (sink) => sink.closed(code ?? 1005, reason, true);
    this.peer.#take(closed, { __proto__: null, kind: 'c', code, reason });
    this.#schedule(closed);
  }

  cancel() {
    if (this.#outside !== null) this.#outside.cancel();
    else this.close(1008, 'too much is waiting to be sent');
  }

  /** This end goes to `wire`: what waits here is sent there, and the other end talks to it from now on. */
  handOver(wire) {
    const { peer } = this;
    const waiting = this.#waiting;
    peer.#outside = wire;
    if (peer.#sink !== null) wire.start(peer.#sink);
    for (let i = 0; i < waiting.length; i++) {
      const { kind, data, size, code, reason } = waiting[i].message;
      if (kind === 'c') wire.close(code, reason);
      else wire.send(kind, data, size);
    }
  }
}
