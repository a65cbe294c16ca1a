// Comparing, searching and filling.

import {
  MathMax,
  MathMin,
  MathTrunc,
  NumberIsInteger,
  NumberIsNaN,
  TypedArrayPrototypeFill,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeIndexOf,
  TypedArrayPrototypeLastIndexOf,
  TypedArrayPrototypeSet,
  TypedArrayPrototypeSubarray,
  TypeError,
} from '../../../bootstrap/primordials.js';
import { coded, invalidArgType, invalidArgValue, outOfRange } from '../errors.js';
import { isTypedArray, typedArrayName } from '../types.js';
import { encode, encodingName } from './encodings.js';

const MAX_SAFE = 2 ** 53 - 1;
const isBytes = (value) => typedArrayName(value) === 'Uint8Array';

export function requireBytes(value, name) {
  if (!isBytes(value)) throw invalidArgType(name, ['Buffer', 'Uint8Array'], value);
}

/** -1, 0 or 1: the order of two byte sequences. */
export function compareBytes(a, b) {
  const length = MathMin(TypedArrayPrototypeGetLength(a), TypedArrayPrototypeGetLength(b));
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
  const difference = TypedArrayPrototypeGetLength(a) - TypedArrayPrototypeGetLength(b);
  return difference === 0 ? 0 : difference < 0 ? -1 : 1;
}

export function unknownEncoding(encoding) {
  return coded(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${encoding}`);
}

function needle(value, encoding) {
  if (typeof value === 'string') {
    const name = encodingName(encoding);
    if (name === undefined) throw unknownEncoding(encoding);
    return [encode(value, name), name === 'utf16le' ? 2 : 1];
  }
  if (isBytes(value)) return [value, encodingName(encoding) === 'utf16le' ? 2 : 1];
  throw invalidArgType('value', ['number', 'string', 'Buffer', 'Uint8Array'], value);
}

function matchesAt(haystack, wanted, at) {
  for (let i = 0; i < wanted.length; i++) if (haystack[at + i] !== wanted[i]) return false;
  return true;
}

/** indexOf and lastIndexOf of Buffer: `value` is a byte, a text or bytes. */
export function search(haystack, value, byteOffset, encoding, forward) {
  if (!isTypedArray(haystack)) throw invalidArgType('buffer', ['Buffer', 'TypedArray', 'DataView'], haystack);
  let offset = byteOffset;
  let how = encoding;
  if (typeof offset === 'string') {
    how = offset;
    offset = undefined;
  }
  offset = +offset;
  const length = TypedArrayPrototypeGetLength(haystack);
  if (NumberIsNaN(offset)) offset = forward ? 0 : length;
  else if (offset > 0x7fffffff) offset = 0x7fffffff;
  else if (offset < -0x80000000) offset = -0x80000000;
  offset = MathTrunc(offset);
  if (offset < 0) offset += length;
  if (typeof value === 'number') return searchByte(haystack, value & 255, offset, forward);
  const found = needle(value, how);
  const wanted = found[0];
  const step = found[1];
  return searchBytes(haystack, wanted, offset, step, forward, length);
}

function searchByte(haystack, byte, offset, forward) {
  if (forward) return TypedArrayPrototypeIndexOf(haystack, byte, MathMax(offset, 0));
  return offset < 0 ? -1 : TypedArrayPrototypeLastIndexOf(haystack, byte, offset);
}

function searchBytes(haystack, wanted, offset, step, forward, length) {
  const last = length - wanted.length;
  if (wanted.length === 0) return MathMin(MathMax(offset, 0), length);
  if (forward) {
    for (let at = MathMax(offset, 0); at <= last; ) {
      const found = TypedArrayPrototypeIndexOf(haystack, wanted[0], at);
      if (found < 0 || found > last) return -1;
      if (found % step === 0 && matchesAt(haystack, wanted, found)) return found;
      at = found + 1;
    }
    return -1;
  }
  for (let at = MathMin(offset, last); at >= 0; at--) if (at % step === 0 && matchesAt(haystack, wanted, at)) return at;
  return -1;
}

function pattern(value, encoding) {
  if (typeof value === 'string') {
    if (encoding !== undefined && typeof encoding !== 'string') throw invalidArgType('encoding', 'string', encoding);
    const name = encodingName(encoding);
    if (name === undefined) throw unknownEncoding(encoding);
    const bytes = encode(value, name);
    if (bytes.length === 0 && value.length > 0) throw invalidArgValue('value', value);
    return bytes;
  }
  return isTypedArray(value) ? value : null;
}

/** buffer.fill(value[, offset[, end]][, encoding]) */
export function fill(buffer, value, offset, end, encoding) {
  let from = offset;
  let to = end;
  let how = encoding;
  if (typeof value === 'string' || isTypedArray(value)) {
    if (typeof from === 'string') {
      how = from;
      from = to = undefined;
    } else if (typeof to === 'string') {
      how = to;
      to = undefined;
    }
  }
  const length = TypedArrayPrototypeGetLength(buffer);
  const bytes = pattern(value, how);
  const start = from === undefined ? 0 : checkEdge(from, 'offset', MAX_SAFE);
  const stop = from === undefined || to === undefined ? length : checkEdge(to, 'end', length);
  if (start >= stop) return buffer;
  if (bytes === null) return TypedArrayPrototypeFill(buffer, value & 255, start, stop);
  if (bytes.length === 0 && typeof value !== 'string') throw invalidArgValue('value', value);
  if (bytes.length === 0) return TypedArrayPrototypeFill(buffer, 0, start, stop);
  for (let at = start; at < stop; at += bytes.length) {
    TypedArrayPrototypeSet(buffer, bytes.length <= stop - at ? bytes : TypedArrayPrototypeSubarray(bytes, 0, stop - at), at);
  }
  return buffer;
}

function checkEdge(value, name, length) {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!NumberIsInteger(value)) throw outOfRange(name, 'an integer', value);
  if (!(value >= 0 && value <= length)) throw outOfRange(name, `>= 0 && <= ${length}`, value);
  return value;
}
