// One engine of the host's (edge/runtime/ops/nodezlib), and how its errors read.

import { Error, ErrorCaptureStackTrace, MathMin, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeSet, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, Uint8Array } from '../../../bootstrap/primordials.js';
import { hostCallSync } from '../../../bootstrap/host.js';
import { coded } from '../errors.js';
import { codes, constants } from './constants.js';

const PIECE = 65536;

/** zlib's own error, with its number. */
export function zlibError(cause) {
  const error = new Error(cause.message);
  error.errno = codes[cause.code] ?? constants[cause.code] ?? -14;
  error.code = cause.code ?? 'Z_DATA_ERROR';
  ErrorCaptureStackTrace(error, zlibError);
  return error;
}

export function joined(first, second) {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  TypedArrayPrototypeSet(both, first);
  TypedArrayPrototypeSet(both, second, first.length);
  return both;
}

export class Engine {
  #open;
  #dictionary;
  #number = null;
  #finished = false;
  #output = new Uint8Array(0);
  #state;
  ended = false;

  constructor({ open, dictionary, eager = false }, state = null) {
    this.#state = state;
    this.#open = open;
    this.#dictionary = dictionary;
    if (eager) this.#begin();
  }

  #begin() {
    try {
      this.#number = hostCallSync('zlib.open', this.#open, this.#dictionary).value;
    } catch (error) {
      throw coded(Error, 'ERR_ZLIB_INITIALIZATION_FAILED', error.message);
    }
  }

  #call(op, args, data = undefined) {
    if (this.#number === null) this.#begin();
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
    if (this.#finished) return { __proto__: null, done: true, unused: size, next: () => new Uint8Array(0) };
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

  /**
   * What packages call that drive an engine by hand (pngjs): as much output as there is room for.  Room and input that are left
   * are in the stream's `_writeState`; of input nothing ever is, as output waits here.
   */
  writeSync(flush, input, from, size, output, at, room) {
    const work = this.write(TypedArrayPrototypeSubarray(input ?? new Uint8Array(0), from, from + size), flush);
    while (!work.done) this.#output = joined(this.#output, work.next());
    const count = MathMin(room, this.#output.length);
    TypedArrayPrototypeSet(output, TypedArrayPrototypeSubarray(this.#output, 0, count), at);
    this.#output = TypedArrayPrototypeSlice(this.#output, count);
    this.#state[0] = room - count;
    this.#state[1] = 0;
  }

  /** Another level and strategy for what is written from now on; what was written must have been flushed. */
  params(level, strategy) {
    if (!this.#finished) this.#call('params', { __proto__: null, level, strategy });
  }

  /** Nothing more is to come: what the host holds is given back at once. */
  finish() {
    this.close();
    this.#finished = true;
  }

  /** As if nothing had been written. */
  reset() {
    this.close();
    this.ended = false;
    this.#finished = false;
  }

  close() {
    if (this.#number === null) return;
    hostCallSync('zlib.close', { __proto__: null, engine: this.#number });
    this.#number = null;
  }
}
