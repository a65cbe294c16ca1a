// A WebSocket of the host's, seen from inside: batches of messages, one read and one send on their way at a time.
// The other side is edge/services/websocket/calls.py, which describes a batch.
//
// A wire has start(sink), send(kind, data, size), close(code, reason) and cancel(); a sink has message(kind, data), closed(code,
// reason, clean), sent(size), and, where it has to be waited for, room(), a promise or null.  Kinds are t (text), b (bytes), ping
// and pong.

import {
  ArrayPrototypePush, PromisePrototypeThen, PromiseResolve, SafeArray, SafeArrayPush, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice, Uint8Array,
} from '../bootstrap/primordials.js';
import { hostCall } from '../bootstrap/host.js';
import { queueTask } from '../bootstrap/tasks.js';

const ignore = () => {};
const BATCH = 262144;
const MAX_PARTS = 1000;

export class HostWire {
  #op;
  #socket;
  #owner;
  #sink = null;
  #queue = new SafeArray();
  #first = 0;
  #sending = false;
  #closing = null;
  #over = false;

  /** `op` is "websocket" or "upgrade", `socket` the number of one that is open, `owner` its invocation. */
  constructor(op, socket, owner) {
    this.#op = op;
    this.#socket = socket;
    this.#owner = owner;
  }

  #call(op, args, data) {
    args.socket = this.#socket;
    return hostCall(`${this.#op}.${op}`, args, data, this.#owner);
  }

  start(sink) {
    this.#sink = sink;
    this.#read();
  }

  #read() {
    PromisePrototypeThen(this.#call('read', { __proto__: null }), ({ value, data }) => this.#deliver(value, data), () => this.#close(1006, '', false));
  }

  // Each message is a task of its own, so that what one handler awaits goes on before the next.
  #deliver(parts, data) {
    let at = 0;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      if (part[0] === 'c') {
        queueTask(() => this.#close(part[1], part[2], part[3]), this.#owner);
        return;
      }
      let content = part[1];
      if (part[0] !== 't') {
        content = data === undefined ? new Uint8Array(0) : TypedArrayPrototypeSlice(data, at, at + part[1]);
        at += part[1];
      }
      queueTask(() => this.#sink.message(part[0], content), this.#owner);
    }
    if (parts.length === 0) this.#close(1006, '', false);
    else queueTask(() => this.#next(), this.#owner);
  }

  #next() {
    if (this.#over) return;
    const room = this.#sink.room?.() ?? null;
    if (room === null) this.#read();
    else PromisePrototypeThen(room, () => this.#read());
  }

  #close(code, reason, clean) {
    if (this.#over) return;
    this.#over = true;
    this.#sink?.closed(code, reason, clean);
  }

  /** `data` is a string or bytes that nobody will change. */
  send(kind, data, size) {
    SafeArrayPush(this.#queue, { __proto__: null, kind, data, size });
    this.#schedule();
  }

  // What is sent in one go leaves in one call.
  #schedule() {
    if (this.#sending || this.#over) return;
    this.#sending = true;
    PromisePrototypeThen(PromiseResolve(), () => this.#flush());
  }

  #flush() {
    if (this.#first === this.#queue.length) {
      this.#queue = new SafeArray();
      this.#first = 0;
      this.#sending = false;
      if (this.#closing !== null) PromisePrototypeThen(this.#call('close', this.#closing), ignore, ignore);
      return;
    }
    const { parts, data, size } = this.#batch();
    const sent = () => {
      this.#sink?.sent(size);
      this.#flush();
    };
    // When it fails the socket has ended, which the read tells.
    PromisePrototypeThen(this.#call('send', { __proto__: null, parts }, data), sent, ignore);
  }

  #batch() {
    const parts = [];
    const pieces = new SafeArray();
    let size = 0;
    let bytes = 0;
    while (this.#first < this.#queue.length && parts.length < MAX_PARTS) {
      const part = this.#queue[this.#first];
      if (parts.length > 0 && size + part.size > BATCH) break;
      this.#queue[this.#first] = null;
      this.#first += 1;
      size += part.size;
      const isText = part.kind === 't';
      const content = isText ? part.data : TypedArrayPrototypeGetLength(part.data);
      ArrayPrototypePush(parts, [part.kind, content]);
      if (isText) continue;
      bytes += content;
      SafeArrayPush(pieces, part.data);
    }
    return { __proto__: null, parts, data: joined(pieces, bytes), size };
  }

  /** Begin the closing handshake, after what is to be sent. */
  close(code, reason) {
    if (this.#closing !== null) return;
    this.#closing = { __proto__: null, code, reason };
    this.#schedule();
  }

  /** End it at once. */
  cancel() {
    if (this.#op === 'websocket') PromisePrototypeThen(this.#call('cancel', { __proto__: null }), ignore, ignore);
    else PromisePrototypeThen(this.#call('close', { __proto__: null, code: 1008, reason: 'too much is waiting to be sent' }), ignore, ignore);
  }
}

function joined(pieces, size) {
  if (pieces.length === 0) return undefined;
  if (pieces.length === 1) return pieces[0];
  const all = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    TypedArrayPrototypeSet(all, pieces[i], at);
    at += TypedArrayPrototypeGetLength(pieces[i]);
  }
  return all;
}
