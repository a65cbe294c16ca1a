// Request bodies that are not sent with the head: streams, and what is large.  One piece is on its way at a time, so the
// source is asked for more only when the host has room.  Loaded when there is one.

import { TypedArrayPrototypeGetLength, TypedArrayPrototypeSubarray } from '../bootstrap/primordials.js';
import { networkError } from './network_error.js';

const PIECE = 262144;

export class Upload {
  #next;
  #call;
  #over = false;

  /** `call(op, data)` makes a host call of the fetch. */
  constructor(body, call) {
    this.#next = body.take();
    this.#call = call;
  }

  /** Tell the source that nobody wants the rest. */
  cancel(reason) {
    if (this.#over) return;
    this.#over = true;
    this.#next.cancel(reason);
  }

  /** Send all of it.  Fails with what the source fails with; what goes wrong on the other side is told by the answer. */
  async send() {
    for (let chunk = await this.#read(); chunk !== null; chunk = await this.#read()) {
      const length = TypedArrayPrototypeGetLength(chunk);
      for (let at = 0; at < length && !this.#over; at += PIECE) await this.#write(TypedArrayPrototypeSubarray(chunk, at, at + PIECE));
      if (this.#over) return;
    }
    if (this.#over) return;
    this.#over = true;
    await this.#tell('fetch.end');
  }

  async #read() {
    try {
      return (await this.#next()).chunk;
    } catch (error) {
      if (this.#over) return null;
      this.#over = true;
      throw error;
    }
  }

  async #write(piece) {
    if (await this.#tell('fetch.write', piece) !== true) this.cancel(networkError('the server does not want the rest of the request body', 'ERR_BODY_UNWANTED'));
  }

  async #tell(op, piece) {
    try {
      return (await this.#call(op, piece)).value;
    } catch {
      return false;
    }
  }
}
