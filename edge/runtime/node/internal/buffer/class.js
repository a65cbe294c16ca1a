// The class Buffer: https://nodejs.org/api/buffer.html#class-buffer

import {
  ArrayIsArray,
  MathMax,
  MathMin,
  MathTrunc,
  NumberIsNaN,
  ObjectDefineProperty,
  ObjectKeys,
  ObjectSetPrototypeOf,
  RangeError,
  ReflectOwnKeys,
  StringPrototypeSlice,
  SymbolSpecies,
  SymbolToPrimitive,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice,
  TypeError,
  Uint8Array,
} from '../../../bootstrap/primordials.js';
import { customInspect } from '../../../console/inspect/value.js';
import { coded, invalidArgType, outOfRange, received, validateInteger } from '../errors.js';
import { named } from '../named.js';
import { isAnyArrayBuffer, isArrayBufferView, isTypedArray } from '../types.js';
import { decode, encode, encodedLength, encodingName, writeText } from './encodings.js';
import { compareBytes, fill, requireBytes, search, unknownEncoding } from './search.js';
import { numberMethods } from './numbers.js';

export const MAX_LENGTH = 2 ** 53 - 1; // V8 refuses what does not fit into memory long before
export const MAX_STRING_LENGTH = 2 ** 29 - 24;
export const settings = { inspectMaxBytes: 50 };

class FastBuffer extends Uint8Array {
  // Explicit, so that user code cannot get between by Array.prototype[Symbol.iterator].
  constructor(source, byteOffset, length) {
    super(source, byteOffset, length);
  }
}

const view = (bytes) => new FastBuffer(TypedArrayPrototypeGetBuffer(bytes), TypedArrayPrototypeGetByteOffset(bytes), TypedArrayPrototypeGetLength(bytes));

function checkSize(size) {
  if (typeof size !== 'number') throw invalidArgType('size', 'number', size);
  if (!(size >= 0 && size <= MAX_LENGTH)) throw outOfRange('size', `>= 0 && <= ${MAX_LENGTH}`, size);
}

let told = false;

export function Buffer(value, encodingOrOffset, length) {
  if (!told) {
    told = true;
    import('./old_way.js').tell();
  }
  if (typeof value !== 'number') return Buffer.from(value, encodingOrOffset, length);
  if (typeof encodingOrOffset === 'string') throw invalidArgType('string', 'string', value);
  return Buffer.alloc(value);
}

function fromString(text, encoding) {
  const name = encodingName(typeof encoding === 'string' ? encoding : undefined);
  if (name === undefined) throw unknownEncoding(encoding);
  return view(encode(text, name));
}

function fromArrayBuffer(buffer, byteOffset, length) {
  const offset = byteOffset === undefined || NumberIsNaN(+byteOffset) ? 0 : +byteOffset;
  const room = buffer.byteLength - offset;
  if (room < 0) throw coded(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', '"offset" is outside of buffer bounds');
  if (length === undefined) return new FastBuffer(buffer, offset);
  const count = +length > 0 ? +length : 0;
  if (count > room) throw coded(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', '"length" is outside of buffer bounds');
  return new FastBuffer(buffer, offset, count);
}

function fromArrayLike(value) {
  const length = MathMax(0, MathTrunc(+value.length) || 0);
  const buffer = new FastBuffer(length);
  for (let i = 0; i < length; i++) buffer[i] = value[i];
  return buffer;
}

function fromObject(value) {
  if (value.length !== undefined || isAnyArrayBuffer(value.buffer)) return typeof value.length === 'number' ? fromArrayLike(value) : new FastBuffer(0);
  if (value.type === 'Buffer' && ArrayIsArray(value.data)) return fromArrayLike(value.data);
  return undefined;
}

const statics = {
  from(value, encodingOrOffset, length) {
    if (typeof value === 'string') return fromString(value, encodingOrOffset);
    if (typeof value !== 'object' || value === null) throw fromTypeError(value);
    if (isAnyArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
    const primitive = typeof value.valueOf === 'function' ? value.valueOf() : value;
    if (primitive !== null && primitive !== undefined && primitive !== value && (typeof primitive === 'string' || typeof primitive === 'object')) {
      return Buffer.from(primitive, encodingOrOffset, length);
    }
    const made = fromObject(value);
    if (made !== undefined) return made;
    if (typeof value[SymbolToPrimitive] === 'function') {
      const text = value[SymbolToPrimitive]('string');
      if (typeof text === 'string') return fromString(text, encodingOrOffset);
    }
    throw fromTypeError(value);
  },
  of(...bytes) {
    return fromArrayLike(bytes);
  },
  // Functions, not methods: packages call them with `new` too (form-data, cbor-x).
  alloc: function alloc(size, value, encoding) {
    checkSize(size);
    const buffer = new FastBuffer(size);
    return value === undefined || value === 0 || size === 0 ? buffer : fill(buffer, value, undefined, undefined, encoding);
  },
  allocUnsafe: function allocUnsafe(size) {
    checkSize(size);
    return new FastBuffer(size);
  },
  allocUnsafeSlow: function allocUnsafeSlow(size) {
    checkSize(size);
    return new FastBuffer(size);
  },
  concat(list, length) {
    if (!ArrayIsArray(list)) throw invalidArgType('list', 'Array', list);
    let total = 0;
    for (let i = 0; i < list.length; i++) {
      requireBytes(list[i], `list[${i}]`);
      total += TypedArrayPrototypeGetLength(list[i]);
    }
    if (list.length === 0) return new FastBuffer(0);
    if (length !== undefined) checkLength(length);
    const whole = new FastBuffer(length ?? total);
    let at = 0;
    for (let i = 0; i < list.length && at < whole.length; i++) at += copyInto(list[i], whole, at, 0, TypedArrayPrototypeGetLength(list[i]));
    return whole;
  },
  copyBytesFrom(source, offset, length) {
    if (!isTypedArray(source)) throw invalidArgType('view', 'TypedArray', source);
    if (offset !== undefined) validateInteger(offset, 'offset', 0);
    if (length !== undefined) validateInteger(length, 'length', 0);
    const end = length === undefined ? undefined : (offset ?? 0) + length;
    const bytes = new Uint8Array(TypedArrayPrototypeGetBuffer(source), TypedArrayPrototypeGetByteOffset(source), TypedArrayPrototypeGetByteLength(source));
    const size = source.BYTES_PER_ELEMENT;
    const part = TypedArrayPrototypeSlice(bytes, (offset ?? 0) * size, end === undefined ? undefined : end * size);
    return new FastBuffer(TypedArrayPrototypeGetBuffer(part));
  },
  byteLength(value, encoding) {
    if (typeof value === 'string') return encodedLength(value, encodingName(encoding) ?? 'utf8');
    if (isArrayBufferView(value) || isAnyArrayBuffer(value)) return value.byteLength;
    throw invalidArgType('string', ['string', 'Buffer', 'ArrayBuffer'], value);
  },
  compare(a, b) {
    requireBytes(a, 'buf1');
    requireBytes(b, 'buf2');
    return a === b ? 0 : compareBytes(a, b);
  },
  isBuffer: (value) => value instanceof Buffer,
  isEncoding: (encoding) => typeof encoding === 'string' && encoding.length !== 0 && encodingName(encoding) !== undefined,
};

function fromTypeError(value) {
  const message = `The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object.${received(value)}`;
  return coded(TypeError, 'ERR_INVALID_ARG_TYPE', message, Buffer.from);
}

function checkLength(length) {
  if (typeof length !== 'number') throw invalidArgType('length', 'number', length);
  if (MathTrunc(length) !== length) throw outOfRange('length', 'an integer', length);
  if (!(length >= 0 && length <= MAX_LENGTH)) throw outOfRange('length', `>= 0 && <= ${MAX_LENGTH}`, length);
}

/** Copies `source[start..end]` to `target[at..]`, as much as there is room for; the number of bytes. */
function copyInto(source, target, at, start, end) {
  const count = MathMin(end - start, TypedArrayPrototypeGetLength(target) - at);
  if (count <= 0) return 0;
  TypedArrayPrototypeSet(target, new Uint8Array(TypedArrayPrototypeGetBuffer(source), TypedArrayPrototypeGetByteOffset(source) + start, count), at);
  return count;
}

const integer = (value, fallback) => {
  const number = +value;
  return NumberIsNaN(number) ? fallback : MathTrunc(number);
};

function edge(value, name, fallback, length) {
  if (value === undefined) return fallback;
  const number = integer(value, 0);
  if (number < 0 || (length !== undefined && number > length)) throw outOfRange(name, length === undefined ? '>= 0' : `>= 0 && <= ${length}`, number);
  return number;
}

function clamp(value, fallback, length) {
  if (value === undefined) return fallback;
  const number = integer(value, 0);
  return number < 0 ? MathMax(0, length + number) : MathMin(number, length);
}

const methods = {
  toString(encoding, start, end) {
    if (arguments.length === 0) return decode(this, 'utf8');
    const { length } = this;
    const from = start <= 0 || start === undefined ? 0 : MathMin(integer(start, 0), length);
    const to = end === undefined ? length : MathMin(MathMax(integer(end, 0), 0), length);
    const name = encodingName(encoding === undefined ? undefined : `${encoding}`);
    if (name === undefined) throw unknownEncoding(encoding);
    return to <= from ? '' : decode(this, name, from, to);
  },
  toJSON() {
    const data = [];
    for (let i = 0; i < this.length; i++) data[i] = this[i];
    return { type: 'Buffer', data };
  },
  equals(other) {
    requireBytes(other, 'otherBuffer');
    return this === other || (TypedArrayPrototypeGetLength(other) === this.length && compareBytes(this, other) === 0);
  },
  compare(target, targetStart, targetEnd, sourceStart, sourceEnd) {
    requireBytes(target, 'target');
    const from = targetStart === undefined ? 0 : edgeStrict(targetStart, 'targetStart');
    const to = targetEnd === undefined ? target.length : edgeStrict(targetEnd, 'targetEnd', target.length);
    const ownFrom = sourceStart === undefined ? 0 : edgeStrict(sourceStart, 'sourceStart');
    const ownTo = sourceEnd === undefined ? this.length : edgeStrict(sourceEnd, 'sourceEnd', this.length);
    if (ownFrom >= ownTo) return from >= to ? 0 : -1;
    if (from >= to) return 1;
    return compareBytes(this.subarray(ownFrom, ownTo), view(target).subarray(from, to));
  },
  indexOf(value, byteOffset, encoding) {
    return search(this, value, byteOffset, encoding, true);
  },
  lastIndexOf: function lastIndexOf(value, byteOffset, encoding) {
    return search(this, value, byteOffset, encoding, false);
  },
  includes(value, byteOffset, encoding) {
    return search(this, value, byteOffset, encoding, true) !== -1;
  },
  fill(value, offset, end, encoding) {
    return fill(this, value, offset, end, encoding);
  },
  copy(target, targetStart, sourceStart, sourceEnd) {
    if (!isTypedArray(target)) throw invalidArgType('target', ['Buffer', 'Uint8Array'], target);
    const at = edge(targetStart, 'targetStart', 0);
    const from = edge(sourceStart, 'sourceStart', 0);
    if (from > this.length) throw outOfRange('sourceStart', `>= 0 && <= ${this.length}`, from);
    const to = MathMin(edge(sourceEnd, 'sourceEnd', this.length), this.length);
    const bytes = new Uint8Array(TypedArrayPrototypeGetBuffer(target), TypedArrayPrototypeGetByteOffset(target), TypedArrayPrototypeGetByteLength(target));
    return at >= TypedArrayPrototypeGetLength(bytes) || from >= to ? 0 : copyInto(this, bytes, at, from, to);
  },
  subarray(start, end) {
    const from = clamp(start, 0, this.length);
    const to = clamp(end, this.length, this.length);
    return new FastBuffer(TypedArrayPrototypeGetBuffer(this), TypedArrayPrototypeGetByteOffset(this) + from, MathMax(0, to - from));
  },
  slice(start, end) {
    return this.subarray(start, end);
  },
  write(text, offset, length, encoding) {
    if (typeof text !== 'string') throw invalidArgType('argument', 'string', text);
    let at = offset;
    let count = length;
    let how = encoding;
    if (typeof at === 'string' && count === undefined) {
      how = at;
      at = count = undefined;
    } else if (typeof count === 'string') {
      how = count;
      count = undefined;
    }
    const from = at === undefined ? 0 : edgeStrict(at, 'offset', this.length);
    const room = this.length - from;
    const most = count === undefined ? room : MathMin(edgeStrict(count, 'length', this.length), room);
    const name = encodingName(how);
    if (name === undefined) throw unknownEncoding(how);
    return writeText(this, text, from, most, name);
  },
  swap16() {
    return swap(this, 2);
  },
  swap32() {
    return swap(this, 4);
  },
  swap64() {
    return swap(this, 8);
  },
  [customInspect](depth, options, inspect) {
    let text = '';
    const shown = MathMin(settings.inspectMaxBytes, this.length);
    for (let i = 0; i < shown; i++) text += ` ${this[i] < 16 ? '0' : ''}${this[i].toString(16)}`;
    const more = this.length - shown;
    if (more > 0) text += ` ... ${more} more byte${more > 1 ? 's' : ''}`;
    const extras = ObjectKeys(this).length > this.length ? ownExtras(this, options, inspect) : '';
    return `<${this.constructor.name} ${StringPrototypeSlice(text, 1)}${extras}>`;
  },
};

function ownExtras(buffer, options, inspect) {
  const extras = { __proto__: null };
  const keys = ObjectKeys(buffer);
  for (let i = buffer.length; i < keys.length; i++) extras[keys[i]] = buffer[keys[i]];
  const text = (inspect ?? import('../../../console/inspect/index.js').inspect)(extras, { ...options, breakLength: Infinity, compact: true });
  return `${buffer.length > 0 ? ', ' : ''}${StringPrototypeSlice(text, 27, -2)}`;
}

function edgeStrict(value, name, length = MAX_LENGTH) {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (MathTrunc(value) !== value) throw outOfRange(name, 'an integer', value);
  if (value < 0 || value > length) throw outOfRange(name, `>= 0 && <= ${length}`, value);
  return value;
}

function swap(buffer, size) {
  if (buffer.length % size !== 0) throw coded(RangeError, 'ERR_INVALID_BUFFER_SIZE', `Buffer size must be a multiple of ${size * 8}-bits`);
  for (let start = 0; start < buffer.length; start += size) {
    for (let i = 0; i < size / 2; i++) {
      const other = start + size - 1 - i;
      const saved = buffer[start + i];
      buffer[start + i] = buffer[other];
      buffer[other] = saved;
    }
  }
  return buffer;
}

function install(target, source) {
  const keys = ReflectOwnKeys(source);
  for (let i = 0; i < keys.length; i++) {
    ObjectDefineProperty(target, keys[i], { __proto__: null, value: source[keys[i]], writable: true, enumerable: typeof keys[i] === 'string', configurable: true });
  }
}

function defineGetter(name, read) {
  const get = function get() {
    return this instanceof Buffer ? read(this) : undefined;
  };
  ObjectDefineProperty(FastBuffer.prototype, name, { __proto__: null, get, enumerable: true, configurable: true });
}

const ENCODINGS = ['utf8', 'ucs2', 'latin1', 'ascii', 'hex', 'base64', 'base64url'];

// buffer.utf8Slice and its like: libraries call them for speed.
function encodingMethods() {
  const made = { __proto__: null };
  for (let i = 0; i < ENCODINGS.length; i++) {
    const name = ENCODINGS[i];
    made[`${name}Slice`] = function slice(start, end) {
      return this.toString(name, start, end);
    };
    made[`${name}Write`] = function write(text, offset, length) {
      const at = offset ?? 0;
      const room = this.length - at;
      if (at < 0 || room < 0 || length < 0 || length > room) throw coded(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', '"length" is outside of buffer bounds');
      return this.write(text, at, length ?? room, name);
    };
  }
  return made;
}

named('Buffer', Buffer);
named('FastBuffer', FastBuffer);
ObjectSetPrototypeOf(Buffer, Uint8Array);
Buffer.prototype = FastBuffer.prototype;
install(Buffer, statics);
install(FastBuffer.prototype, methods);
// The same functions by other names.
ObjectDefineProperty(FastBuffer.prototype, 'toLocaleString', { __proto__: null, value: methods.toString, writable: true, enumerable: true, configurable: true });
ObjectDefineProperty(FastBuffer.prototype, 'inspect', { __proto__: null, value: methods[customInspect], writable: true, enumerable: true, configurable: true });
install(FastBuffer.prototype, numberMethods());
install(FastBuffer.prototype, encodingMethods());
ObjectDefineProperty(FastBuffer.prototype, 'constructor', { __proto__: null, value: Buffer, writable: true, enumerable: false, configurable: true });
defineGetter('parent', (buffer) => buffer.buffer);
defineGetter('offset', (buffer) => buffer.byteOffset);
ObjectDefineProperty(Buffer, SymbolSpecies, { __proto__: null, get: () => FastBuffer, enumerable: false, configurable: true });
Buffer.poolSize = 8192;

/** A Buffer over the same bytes as a view. */
export const bufferOver = view;
