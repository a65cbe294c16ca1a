// Randomness: https://nodejs.org/api/crypto.html#cryptorandombytessize-callback

import {
  MathCeil, MathLog2, MathMin, NumberIsSafeInteger, RangeError, TypeError, TypedArrayPrototypeSet, Uint8Array,
} from '../../../bootstrap/primordials.js';
import { hostCallSync } from '../../../bootstrap/host.js';
import { crypto as webcrypto } from '../../../crypto/crypto.js';
import { bufferOver } from '../buffer/class.js';
import { coded, invalidArgType, outOfRange, received, validateFunction, validateObject } from '../errors.js';
import { typedArrayName } from '../types.js';
import { viewOf } from './bytes.js';
import { answer } from './compute.js';

const MAX_RANDOM_INT = 2 ** 48 - 1;
const MAX_SIZE = 2 ** 31 - 1;
const PIECE = 2 ** 20;
const BUFFERS = ['ArrayBuffer', 'ArrayBufferView'];

const draw = (n) => hostCallSync('crypto.random', { __proto__: null, n }).data;

function drawInto(bytes) {
  for (let at = 0; at < bytes.length; at += PIECE) TypedArrayPrototypeSet(bytes, draw(MathMin(PIECE, bytes.length - at)), at);
}

export function randomBytes(size, callback) {
  if (typeof size !== 'number') throw invalidArgType('size', 'number', size);
  if (!(size >= 0 && size <= MAX_SIZE)) throw outOfRange('size', `>= 0 && <= ${MAX_SIZE}`, size);
  return answer(() => {
    const bytes = new Uint8Array(size);
    drawInto(bytes);
    return bufferOver(bytes);
  }, callback);
}

/** A number of elements, as bytes. */
function bytesWithin(value, name, scale, most) {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  const bytes = value * scale;
  if (!(bytes >= 0 && bytes <= most)) throw outOfRange(name, `>= 0 && <= ${most}`, bytes);
  return MathCeil(bytes);
}

function part(target, offset, size) {
  const bytes = viewOf(target);
  if (bytes === undefined) throw invalidArgType('buf', BUFFERS, target);
  const scale = typedArrayName(target) === undefined ? 1 : target.BYTES_PER_ELEMENT;
  const start = offset === undefined ? 0 : bytesWithin(offset, 'offset', scale, bytes.length);
  const count = size === undefined ? bytes.length - start : bytesWithin(size, 'size', scale, MAX_SIZE);
  if (start + count > bytes.length) throw outOfRange('size + offset', `<= ${bytes.length}`, start + count);
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, count);
}

export function randomFillSync(target, offset, size) {
  drawInto(part(target, offset, size));
  return target;
}

export function randomFill(target, offset, size, callback) {
  if (viewOf(target) === undefined) throw invalidArgType('buf', BUFFERS, target);
  const done = typeof offset === 'function' ? offset : typeof size === 'function' ? size : callback;
  validateFunction(done, 'callback');
  const place = part(target, offset === done ? undefined : offset, size === done ? undefined : size);
  answer(() => {
    drawInto(place);
    return target;
  }, done);
}

const unsafe = (name, value) => coded(TypeError, 'ERR_INVALID_ARG_TYPE', `The "${name}" argument must be a safe integer.${received(value)}`);

/** A whole number of [min, max), every one as likely. */
export function randomInt(min, max, callback) {
  const single = max === undefined || typeof max === 'function';
  const low = single ? 0 : min;
  const high = single ? min : max;
  const done = single ? max : callback;
  if (done !== undefined) validateFunction(done, 'callback');
  if (!NumberIsSafeInteger(low)) throw unsafe('min', low);
  if (!NumberIsSafeInteger(high)) throw unsafe('max', high);
  if (high <= low) throw outOfRange('max', `greater than the value of "min" (${low})`, high);
  const range = high - low;
  if (range > MAX_RANDOM_INT) throw outOfRange(single ? 'max' : 'max - min', `<= ${MAX_RANDOM_INT}`, range);
  return answer(() => low + uniform(range), done);
}

function uniform(range) {
  const size = MathCeil(MathLog2(range + 1) / 8) || 1;
  const limit = 2 ** (8 * size) - (2 ** (8 * size) % range);
  for (;;) {
    const bytes = draw(size * 4);
    for (let start = 0; start < bytes.length; start += size) {
      let value = 0;
      for (let i = 0; i < size; i++) value = value * 256 + bytes[start + i];
      if (value < limit) return value % range;
    }
  }
}

export function randomUUID(options) {
  if (options !== undefined) validateObject(options, 'options');
  const disabled = options?.disableEntropyCache;
  if (disabled !== undefined && typeof disabled !== 'boolean') throw invalidArgType('options.disableEntropyCache', 'boolean', disabled);
  return webcrypto.randomUUID();
}

export function timingSafeEqual(a, b) {
  const left = viewOf(a);
  const right = viewOf(b);
  if (left === undefined) throw invalidArgType('buf1', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], a);
  if (right === undefined) throw invalidArgType('buf2', ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'], b);
  if (left.length !== right.length) throw coded(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length');
  return hostCallSync('crypto.equal', { __proto__: null, length: left.length }, [left, right]).value;
}
