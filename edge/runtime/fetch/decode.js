// Content codings that the host leaves as they are, because their memory shall be the function's own.
// https://fetch.spec.whatwg.org/#handle-content-codings

import { TypedArrayPrototypeGetLength } from '../bootstrap/primordials.js';
import { abortReason, isAborted } from '../abort/index.js';
import { Codec } from '../compression/codec.js';
import { networkError } from './network_error.js';

/** Steps of a body, as Body wants them: what the steps of `pull`, which Body.take() gave, are decoded to. */
export class Decoding {
  #codec;
  #pull;
  #signal;
  #pieces = null;
  #empty = true;
  #over = false;

  constructor(format, pull, signal) {
    this.#codec = new Codec(format, 'decompress');
    this.#pull = pull;
    this.#signal = signal;
  }

  async next() {
    while (!this.#over) {
      if (this.#signal !== null && isAborted(this.#signal)) throw abortReason(this.#signal);
      if (this.#pieces === null || this.#pieces.done) await this.#more();
      else {
        const chunk = this.#decode(this.#pieces.next);
        if (TypedArrayPrototypeGetLength(chunk) > 0) return { __proto__: null, chunk };
      }
    }
    return { __proto__: null, chunk: null };
  }

  async #more() {
    const { chunk } = await this.#pull();
    if (chunk !== null) {
      if (TypedArrayPrototypeGetLength(chunk) === 0) return;
      this.#empty = false;
      this.#pieces = this.#codec.write(chunk);
      return;
    }
    if (!this.#empty) this.#decode(() => this.#codec.finish());
    this.#over = true;
  }

  #decode(work) {
    try {
      return work();
    } catch {
      this.close();
      this.#pull.cancel();
      throw networkError('the response body is not what its content-encoding says, or ended too early', 'ERR_HTTP_RESPONSE');
    }
  }

  /** Nobody wants the rest. */
  close() {
    this.#over = true;
    this.#codec.close();
  }
}
