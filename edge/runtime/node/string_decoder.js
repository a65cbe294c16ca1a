// node:string_decoder: https://nodejs.org/api/string_decoder.html

import { MathMin, ObjectDefineProperties, TypeError, Uint8Array } from '../bootstrap/primordials.js';
import { Buffer, bufferOver } from './internal/buffer/class.js';
import { encodingName } from './internal/buffer/encodings.js';
import { unknownEncoding } from './internal/buffer/search.js';
import { coded, invalidArgType } from './internal/errors.js';
import { isArrayBufferView } from './internal/types.js';

/** How many bytes of a character at the end of `bytes` are there, when it is not complete; 0 when it is. */
const INCOMPLETE = {
  __proto__: null,
  utf8: incompleteUtf8,
  utf16le(bytes) {
    if (bytes.length % 2 === 1) return 1;
    const high = bytes[bytes.length - 1];
    return high >= 0xd8 && high <= 0xdb ? 2 : 0;
  },
  base64: (bytes) => bytes.length % 3,
  base64url: (bytes) => bytes.length % 3,
};

function sequenceLength(lead) {
  if (lead >= 0xc0 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf7 ? 4 : 1;
}

function incompleteUtf8(bytes) {
  for (let back = 1; back <= MathMin(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    return sequenceLength(byte) > back ? back : 0;
  }
  return 0;
}

/** Decodes a stream of Buffers; characters that are cut in two come out whole. */
export function StringDecoder(encoding) {
  this.encoding = encodingName(encoding);
  if (this.encoding === undefined) throw unknownEncoding(encoding);
  this.rest = Buffer.alloc(0);
}

StringDecoder.prototype.write = function write(chunk) {
  if (this?.rest === undefined) throw coded(TypeError, 'ERR_INVALID_THIS', 'Value of "this" must be of type StringDecoder');
  if (typeof chunk === 'string') return chunk;
  if (!isArrayBufferView(chunk)) throw invalidArgType('buf', ['Buffer', 'TypedArray', 'DataView'], chunk);
  const fresh = bufferOver(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  const bytes = this.rest.length === 0 ? fresh : Buffer.concat([this.rest, fresh]);
  // Half a pair of surrogates waits for both bytes of the other half.
  const halved = this.encoding === 'utf16le' && this.rest.length === 2 && bytes.length === 3;
  const open = halved ? 3 : INCOMPLETE[this.encoding]?.(bytes) ?? 0;
  this.rest = open === 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(bytes.length - open));
  return bytes.toString(this.encoding, 0, bytes.length - open);
};

StringDecoder.prototype.end = function end(chunk) {
  const text = chunk === undefined ? '' : this.write(chunk);
  const { rest } = this;
  this.rest = Buffer.alloc(0);
  return text + rest.toString(this.encoding);
};

/** Text from `offset` of a Buffer, as if it came right after what was written. */
StringDecoder.prototype.text = function text(chunk, offset) {
  this.rest = Buffer.alloc(0);
  return this.write(chunk.subarray(offset));
};

ObjectDefineProperties(StringDecoder.prototype, {
  lastChar: { configurable: true, enumerable: true, get() { return lastChar(this); } },
  lastNeed: { configurable: true, enumerable: true, get() { return needed(this); } },
  lastTotal: { configurable: true, enumerable: true, get() { return this.rest.length + needed(this); } },
});

// A character's bytes, as far as they are there; Node has room for four.
function lastChar({ rest }) {
  const bytes = Buffer.alloc(4);
  bytes.set(rest);
  return bytes;
}

function needed({ encoding, rest }) {
  if (rest.length === 0) return 0;
  if (encoding === 'utf8') return sequenceLength(rest[0]) - rest.length;
  return encoding === 'utf16le' ? (rest.length < 2 ? 2 : 4) - rest.length : 3 - rest.length;
}

export default { StringDecoder };
