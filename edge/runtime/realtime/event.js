// The event that an invocation handles, and the socket that it came from.

import { JSONParse, JSONStringify, Set, SetPrototypeAdd } from '../bootstrap/primordials.js';
import { invocationLocal } from '../bootstrap/invocation_local.js';
import { unpack } from './codec.js';

const current = invocationLocal(() => ({ __proto__: null, event: null }));

/** The event of the running invocation; null in one that was begun by a request. */
export function currentEvent() {
  return current().event;
}

function setOf(names) {
  const set = new Set();
  for (let i = 0; i < names.length; i++) SetPrototypeAdd(set, names[i]);
  return set;
}

export class RealtimeEvent {
  #data = undefined;
  #handshake = undefined;
  #given;

  /** `given` is wire.messages.Realtime, `body` holds its attachments. */
  constructor(given, body) {
    this.#given = given;
    this.name = given.event;
    this.id = given.socket;
    this.path = given.namespace;
    this.args = unpack(given.payload ?? '[]', given.sizes ?? [], body);
    this.rooms = setOf(given.rooms ?? []);
    this.connected = given.connected ?? true;
    this.wantsAnswer = given.ack ?? false;
    // A namespace has handled it; what it refused the client with, as JSON.
    this.taken = false;
    this.refusal = null;
  }

  enter() { current().event = this; }

  get handshake() { return (this.#handshake ??= JSONParse(this.#given.handshake ?? '{}')); }
  get data() { return (this.#data ??= JSONParse(this.#given.data ?? '{}')); }
  set data(value) { this.#data = value; }

  /** The JSON of `data` when it is another one now; null otherwise. */
  changedData() {
    if (this.#data === undefined) return null;
    const text = JSONStringify(this.#data) ?? '{}';
    return text === JSONStringify(JSONParse(this.#given.data ?? '{}')) ? null : text;
  }
}
