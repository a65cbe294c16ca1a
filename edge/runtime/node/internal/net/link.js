// A socket of the host, by its number: edge/services/sockets/.  It belongs to the invocation that made it, and ends with it.

import { PromisePrototypeThen, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeSubarray } from '../../../bootstrap/primordials.js';
import { contextInvocation, hostCall } from '../../../bootstrap/host.js';

const MAX_WRITE = 262144;
const ignore = () => {};

let last = 0;

export class Link {
  #number;
  #owner;
  #open = true;
  #reading = false;
  #referenced = true;

  constructor() {
    last += 1;
    this.#number = last;
    this.#owner = contextInvocation();
  }

  /** The invocation that may use it; null outside of any. */
  get owner() {
    return this.#owner;
  }

  #call(op, more, data) {
    return hostCall(`socket.${op}`, { __proto__: null, socket: this.#number, ...more }, data, this.#owner);
  }

  /** `{value: {address, port, family, localAddress, localPort}}` */
  connect(where) {
    return this.#call('connect', where);
  }

  /** Whether the event loop is not empty while this waits for bytes. */
  refer(referenced) {
    if (this.#referenced === referenced) return;
    this.#referenced = referenced;
    if (this.#reading) this.#neglect(referenced ? -1 : 1);
  }

  #neglect(count) {
    if (this.#owner !== null) this.#owner.neglected += count;
  }

  /** `{value, data}`: more, end or tls, and the bytes. */
  read() {
    const answer = this.#call('read');
    this.#reading = true;
    if (!this.#referenced) this.#neglect(1);
    const settled = () => {
      this.#reading = false;
      if (!this.#referenced) this.#neglect(-1);
    };
    PromisePrototypeThen(answer, settled, settled);
    return answer;
  }

  /** Hands bytes over in pieces; each has left when the next one goes. */
  write(bytes) {
    if (TypedArrayPrototypeGetByteLength(bytes) <= MAX_WRITE) return this.#call('write', undefined, bytes);
    const first = this.#call('write', undefined, TypedArrayPrototypeSubarray(bytes, 0, MAX_WRITE));
    return PromisePrototypeThen(first, () => this.write(TypedArrayPrototypeSubarray(bytes, MAX_WRITE)));
  }

  end() {
    return this.#call('end');
  }

  /** `{value: {protocol, cipher, alpn}, data}`: the certificate. */
  startTls(name, options) {
    return this.#call('starttls', { name, options });
  }

  close() {
    if (!this.#open) return;
    this.#open = false;
    // An invocation that has ended has no sockets.
    if (this.#owner !== null && !this.#owner.over) PromisePrototypeThen(this.#call('close'), ignore, ignore);
  }
}
