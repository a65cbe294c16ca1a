// The options of zlib's classes: https://nodejs.org/api/zlib.html#class-options

import { Error, NumberIsFinite, NumberIsInteger, NumberIsNaN, ObjectKeys, RangeError, Uint8Array } from '../../../bootstrap/primordials.js';
import buffer from '../../buffer.js';
import { coded, invalidArgType, outOfRange } from '../errors.js';
import { isAnyArrayBuffer, isArrayBufferView } from '../types.js';
import { constants, isParameter } from './constants.js';

const {
  Z_NO_FLUSH, Z_BLOCK, Z_FINISH, Z_FULL_FLUSH, Z_MIN_CHUNK, Z_DEFAULT_CHUNK, BROTLI_OPERATION_FINISH, BROTLI_OPERATION_FLUSH,
  BROTLI_OPERATION_EMIT_METADATA,
} = constants;
const MAX_ZSTD_PARAMETER = constants.ZSTD_c_overlapLog;
const MAX_LENGTH = buffer.kMaxLength;

/** A finite number in a range, or the default when it is undefined or NaN. */
export function numberIn(value, name, low, high, fallback) {
  if (value === undefined || (typeof value === 'number' && NumberIsNaN(value))) return fallback;
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!NumberIsFinite(value)) throw outOfRange(name, 'a finite number', value);
  if (value < low || value > high) throw outOfRange(name, high === Infinity ? `>= ${low}` : `>= ${low} and <= ${high}`, value);
  return value;
}

function bytesOf(dictionary) {
  if (dictionary === undefined) return undefined;
  if (isArrayBufferView(dictionary)) return new Uint8Array(dictionary.buffer, dictionary.byteOffset, dictionary.byteLength);
  if (isAnyArrayBuffer(dictionary)) return new Uint8Array(dictionary);
  throw invalidArgType('options.dictionary', ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], dictionary);
}

/** What all kinds have in common; `last` is the last kind of flush of those who have other ones than zlib. */
function common(options, last = Z_BLOCK) {
  const other = last !== Z_BLOCK;
  const first = Z_NO_FLUSH;
  return {
    __proto__: null,
    chunkSize: numberIn(options.chunkSize, 'options.chunkSize', Z_MIN_CHUNK, Infinity, Z_DEFAULT_CHUNK),
    flush: numberIn(options.flush, 'options.flush', first, last, first),
    finishFlush: numberIn(options.finishFlush, 'options.finishFlush', first, last, other ? BROTLI_OPERATION_FINISH : Z_FINISH),
    fullFlush: other ? BROTLI_OPERATION_FLUSH : Z_FULL_FLUSH,
    maxOutputLength: numberIn(options.maxOutputLength, 'options.maxOutputLength', 1, MAX_LENGTH, MAX_LENGTH),
    dictionary: bytesOf(options.dictionary),
  };
}

const DECOMPRESSES = { __proto__: null, inflate: true, gunzip: true, unzip: true };

/** Settings of a class of zlib. */
export function zlibSettings(kind, given) {
  const options = given ?? { __proto__: null };
  const settings = common(options);
  const compresses = kind === 'deflate' || kind === 'gzip' || kind === 'deflate_raw';
  // Only a decompressor can take the size of the window from what it reads.
  const own = DECOMPRESSES[kind] && (options.windowBits === null || options.windowBits === undefined || options.windowBits === 0);
  settings.windowBits = own ? 0 : numberIn(options.windowBits, 'options.windowBits', kind === 'gzip' ? 9 : 8, 15, 15);
  settings.level = numberIn(options.level, 'options.level', -1, 9, -1);
  settings.memLevel = numberIn(options.memLevel, 'options.memLevel', 1, 9, 8);
  settings.strategy = numberIn(options.strategy, 'options.strategy', 0, 4, 0);
  settings.open = { __proto__: null, kind, level: settings.level, window_bits: settings.windowBits, mem_level: settings.memLevel, strategy: settings.strategy };
  if (!compresses) settings.open = { __proto__: null, kind, window_bits: settings.windowBits };
  return settings;
}

const LIMITS = { __proto__: null, 0: [0, 2], 1: [0, 11], 2: [10, 24], 3: [0, 24], 4: [0, 1], 6: [0, 1], 7: [0, 3] };
const NAMES = { __proto__: null, 0: 'mode', 1: 'quality', 2: 'lgwin' };

/** Settings of a class of Brotli. */
export function brotliSettings(kind, given) {
  const options = given ?? { __proto__: null };
  const settings = common(options, BROTLI_OPERATION_EMIT_METADATA);
  settings.open = { __proto__: null, kind };
  const params = options.params ?? {};
  const keys = ObjectKeys(params);
  for (let i = 0; i < keys.length; i++) setParameter(settings.open, keys[i], params[keys[i]], kind === 'brotli');
  return settings;
}

function setParameter(open, key, value, compresses) {
  if (!isParameter(key, 'BROTLI_PARAM_')) throw coded(RangeError, 'ERR_BROTLI_INVALID_PARAM', `${key} is not a valid Brotli parameter`);
  if (typeof value !== 'number' && typeof value !== 'boolean') throw invalidArgType('options.params[key]', 'number', value);
  const limits = LIMITS[key];
  if (limits !== undefined && (!NumberIsInteger(+value) || value < limits[0] || value > limits[1])) {
    throw coded(Error, 'ERR_ZLIB_INITIALIZATION_FAILED', 'Initialization failed');
  }
  if (compresses && NAMES[key] !== undefined) open[NAMES[key]] = +value;
}

/** Settings of a class of Zstandard. */
export function zstdSettings(kind, given) {
  const options = given ?? { __proto__: null };
  const settings = common(options, constants.ZSTD_e_end);
  const parameters = {};
  const params = options.params ?? {};
  const keys = ObjectKeys(params);
  for (let i = 0; i < keys.length; i++) {
    const number = +keys[i];
    if (!(number >= 0 && number <= MAX_ZSTD_PARAMETER) || parameters[number] !== undefined) throw coded(RangeError, 'ERR_ZSTD_INVALID_PARAM', `${keys[i]} is not a valid zstd parameter`);
    const value = params[keys[i]];
    if (typeof value !== 'number' && typeof value !== 'boolean') throw invalidArgType('options.params[key]', 'number', value);
    parameters[number] = +value;
  }
  settings.open = { __proto__: null, kind, parameters };
  if (options.pledgedSrcSize !== undefined && kind === 'zstd') settings.open.pledged = numberIn(options.pledgedSrcSize, 'options.pledgedSrcSize', 0, 2 ** 53 - 1);
  // What the library makes of them is an error of the constructor.
  settings.eager = keys.length > 0;
  return settings;
}
