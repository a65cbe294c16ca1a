// `namespace.socket`: handlers of events, and the client whose event is being handled.

import { ArrayPrototypePush, PromiseResolve, SafeMap, Set, SetPrototypeAdd, SetPrototypeDelete, String, TypeError } from '../bootstrap/primordials.js';
import { currentEvent } from './event.js';
import { BroadcastOperator, packEvent } from './operator.js';
import { call } from './queue.js';

let handlersOf;

export class RealtimeSocket {
  #namespace;
  #handlers = new SafeMap();

  static {
    handlersOf = (socket, name) => socket.#handlers.get(name) ?? [];
  }

  constructor(namespace) {
    this.#namespace = namespace;
  }

  on(event, handler) {
    if (typeof handler !== 'function') throw new TypeError('RealtimeNamespace: a handler of an event must be a function');
    const name = String(event);
    const list = this.#handlers.get(name);
    if (list === undefined) this.#handlers.set(name, [handler]);
    else ArrayPrototypePush(list, handler);
    return this;
  }

  /** Each event is an invocation of its own, so there is no second one that it could miss. */
  once(event, handler) { return this.on(event, handler); }

  get id() { return currentEvent()?.id; }
  get rooms() { return currentEvent()?.rooms ?? new Set(); }
  get handshake() { return currentEvent()?.handshake ?? { headers: {}, query: {}, auth: {} }; }
  get connected() { return currentEvent()?.connected ?? false; }
  get data() { return currentEvent()?.data ?? {}; }
  set data(value) {
    const event = currentEvent();
    if (event !== null) event.data = value;
  }

  emit(event, ...args) {
    const { id, connected } = this.#here('emit');
    if (!connected) return PromiseResolve();
    const { payload, sizes, data } = packEvent(event, args, 'socket.emit');
    return call('emit', { __proto__: null, payload, sizes, namespace: this.#namespace, rooms: [id], without: [] }, data);
  }

  join(room) {
    const { rooms } = this.#here('join');
    const name = String(room);
    SetPrototypeAdd(rooms, name);
    return call('join', { __proto__: null, room: name });
  }

  leave(room) {
    const { rooms } = this.#here('leave');
    const name = String(room);
    SetPrototypeDelete(rooms, name);
    return call('leave', { __proto__: null, room: name });
  }

  disconnect() {
    const event = this.#here('disconnect');
    event.connected = false;
    return call('disconnect', { __proto__: null });
  }

  to(room) { return this.broadcast.to(room); }
  in(room) { return this.broadcast.to(room); }
  except(room) { return this.broadcast.except(room); }

  /** To everybody but this socket. */
  get broadcast() { return new BroadcastOperator(this.#namespace, [], [this.#here('broadcast').id]); }

  #here(what) {
    const event = currentEvent();
    if (event === null) throw new TypeError(`RealtimeNamespace: socket.${what} needs the socket of an event; use the namespace itself to emit from elsewhere`);
    return event;
  }
}

export { handlersOf };
