// One codec of the host's (edge/runtime/ops/compression.py): made with the first chunk, closed with the stream.

import { MathMin, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray } from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';

const PIECE = 65536;

export class Codec {
  #format;
  #mode;
  #number = null;

  /** `mode`: compress or decompress. */
  constructor(format, mode) {
    this.#format = format;
    this.#mode = mode;
  }

  #call(op, data = undefined) {
    this.#number ??= hostCallSync('compression.open', { __proto__: null, format: this.#format, mode: this.#mode }).value;
    return hostCallSync(`compression.${op}`, { __proto__: null, codec: this.#number }, data);
  }

  /** `{done, next()}`: what comes of these bytes, piece by piece, some of them empty. */
  write(bytes) {
    const size = TypedArrayPrototypeGetByteLength(bytes);
    // Between the pieces of a long chunk, its buffer is in the hands of the user.
    const input = size > PIECE ? TypedArrayPrototypeSlice(bytes) : bytes;
    let at = 0;
    let more = false;
    const next = () => {
      const answer = more ? this.#call('more') : this.#call('write', TypedArrayPrototypeSubarray(input, at, MathMin(at + PIECE, size)));
      if (!more) at += PIECE;
      more = answer.value;
      return answer.data;
    };
    return { __proto__: null, next, get done() { return !more && at >= size; } };
  }

  /** The last piece; the codec is closed. */
  finish() {
    const { data } = this.#call('finish');
    this.#number = null;
    return data;
  }

  close() {
    if (this.#number === null) return;
    hostCallSync('compression.close', { __proto__: null, codec: this.#number });
    this.#number = null;
  }
}
