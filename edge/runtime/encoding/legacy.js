// The legacy encodings but windows-1252: https://encoding.spec.whatwg.org/#legacy-encodings
// Their tables are large, so the host decodes (../ops/encoding.py).  It keeps nothing: what one chunk leaves open is
// remembered here.

import {
  ArrayPrototypeJoin, ArrayPrototypePush, MathMin, ReflectApply, StringFromCharCode, TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetLength, TypedArrayPrototypeSet, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, TypeError, Uint16Array,
  Uint8Array,
} from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';

const SLICE = 8192;
// Bytes of one call: an invocation can be ended between two of them.
const PIECE = 128 * 1024;

export class LegacyDecoder {
  #encoding;
  #fatal;
  #state = '';
  // The bytes of a character that is not complete.
  #open = new Uint8Array(0);

  constructor(encoding, fatal) {
    this.#encoding = encoding;
    this.#fatal = fatal;
  }

  /** Text of one chunk; without `stream` it is the last one. */
  decode(bytes, stream) {
    const length = TypedArrayPrototypeGetLength(bytes);
    const parts = [];
    let at = 0;
    do {
      const end = MathMin(at + PIECE, length);
      ArrayPrototypePush(parts, this.#piece(TypedArrayPrototypeSubarray(bytes, at, end), end === length && !stream));
      at = end;
    } while (at < length);
    return ArrayPrototypeJoin(parts, '');
  }

  #piece(bytes, last) {
    const whole = joined(this.#open, bytes);
    const args = { __proto__: null, encoding: this.#encoding, fatal: this.#fatal, last, state: this.#state };
    const { value, data } = hostCallSync('encoding.decode', args, whole);
    if (value === null) throw new TypeError(`The encoded data was not valid for encoding ${this.#encoding}`);
    this.#state = value.state;
    this.#open = TypedArrayPrototypeSlice(whole, TypedArrayPrototypeGetLength(whole) - value.pending);
    return textOf(data);
  }
}

function joined(first, second) {
  const size = TypedArrayPrototypeGetLength(first);
  if (size === 0) return second;
  const bytes = new Uint8Array(size + TypedArrayPrototypeGetLength(second));
  TypedArrayPrototypeSet(bytes, first);
  TypedArrayPrototypeSet(bytes, second, size);
  return bytes;
}

// UTF-16LE, as every machine that V8 runs on has it in memory.
function textOf(bytes) {
  const buffer = TypedArrayPrototypeGetBuffer(bytes);
  const length = TypedArrayPrototypeGetLength(bytes) / 2;
  const parts = [];
  for (let i = 0; i < length; i += SLICE) {
    ArrayPrototypePush(parts, ReflectApply(StringFromCharCode, undefined, new Uint16Array(buffer, i * 2, MathMin(SLICE, length - i))));
  }
  return ArrayPrototypeJoin(parts, '');
}
