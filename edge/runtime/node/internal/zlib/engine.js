// One engine of the host's (edge/runtime/ops/zlib_engine.py), and how its errors read.

import { Error, ErrorCaptureStackTrace, MathMin, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray } from '../../../bootstrap/primordials.js';
import { hostCallSync } from '../../../bootstrap/host.js';
import { codes } from './constants.js';

const PIECE = 65536;

/** zlib's own error, with its number. */
export function zlibError(cause) {
  const error = new Error(cause.message);
  error.errno = codes[cause.code] ?? -14;
  error.code = cause.code ?? 'Z_DATA_ERROR';
  ErrorCaptureStackTrace(error, zlibError);
  return error;
}

export class Engine {
  #open;
  #dictionary;
  #number = null;
  ended = false;

  constructor({ open, dictionary }) {
    this.#open = open;
    this.#dictionary = dictionary;
  }

  #call(op, args, data = undefined) {
    this.#number ??= hostCallSync('zlib.open', this.#open, this.#dictionary).value;
    try {
      return hostCallSync(`zlib.${op}`, { __proto__: null, engine: this.#number, ...args }, data);
    } catch (error) {
      throw zlibError(error);
    }
  }

  /**
   * `{done, unused, next()}`: what comes of these bytes, piece by piece, some of them empty.  `flush` is for the end of them;
   * `unused` is how many bytes were behind the end of the compressed data.
   */
  write(bytes, flush) {
    const size = TypedArrayPrototypeGetByteLength(bytes);
    // Between the pieces of a long chunk, its buffer is in the hands of the user.
    const input = size > PIECE ? TypedArrayPrototypeSlice(bytes) : bytes;
    let at = 0;
    let more = false;
    let begun = false;
    const work = {
      __proto__: null,
      unused: 0,
      get done() { return begun && !more && (at >= size || this.unused > 0); },
      next: () => {
        let answer;
        if (more) answer = this.#call('more');
        else {
          const end = MathMin(at + PIECE, size);
          answer = this.#call('write', { __proto__: null, flush: end === size ? flush : 0 }, TypedArrayPrototypeSubarray(input, at, end));
          at = end;
        }
        begun = true;
        const { value } = answer;
        more = value[0];
        this.ended = value[1];
        work.unused = value[2] > 0 ? value[2] + size - at : 0;
        return answer.data;
      },
    };
    return work;
  }

  /** As if nothing had been written. */
  reset() {
    this.close();
    this.ended = false;
  }

  close() {
    if (this.#number === null) return;
    hostCallSync('zlib.close', { __proto__: null, engine: this.#number });
    this.#number = null;
  }
}
