// The options of zlib's classes: https://nodejs.org/api/zlib.html#class-options

import { NumberIsFinite, NumberIsInteger, NumberIsNaN, ObjectKeys, RangeError, TypeError, Uint8Array } from '../../../bootstrap/primordials.js';
import { coded, invalidArgType, outOfRange } from '../errors.js';
import { isAnyArrayBuffer, isArrayBufferView } from '../types.js';
import { constants, isBrotliParameter } from './constants.js';

const {
  Z_NO_FLUSH, Z_BLOCK, Z_FINISH, Z_FULL_FLUSH, Z_MIN_CHUNK, Z_DEFAULT_CHUNK, BROTLI_OPERATION_PROCESS, BROTLI_OPERATION_FINISH, BROTLI_OPERATION_FLUSH,
  BROTLI_OPERATION_EMIT_METADATA,
} = constants;
export const MAX_LENGTH = 2 ** 53 - 1;

/** A finite number in a range, or the default when it is undefined or NaN. */
export function numberIn(value, name, low, high, fallback) {
  if (value === undefined || (typeof value === 'number' && NumberIsNaN(value))) return fallback;
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!NumberIsFinite(value) && high !== Infinity) throw outOfRange(name, 'a finite number', value);
  if (value < low || value > high) throw outOfRange(name, high === Infinity ? `>= ${low}` : `>= ${low} and <= ${high}`, value);
  return value;
}

function bytesOf(dictionary) {
  if (dictionary === undefined) return undefined;
  if (isArrayBufferView(dictionary)) return new Uint8Array(dictionary.buffer, dictionary.byteOffset, dictionary.byteLength);
  if (isAnyArrayBuffer(dictionary)) return new Uint8Array(dictionary);
  throw invalidArgType('options.dictionary', ['Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], dictionary);
}

/** What all kinds have in common; `brotli` has other kinds of flush. */
function common(options, brotli) {
  const first = brotli ? BROTLI_OPERATION_PROCESS : Z_NO_FLUSH;
  const last = brotli ? BROTLI_OPERATION_EMIT_METADATA : Z_BLOCK;
  return {
    __proto__: null,
    chunkSize: numberIn(options.chunkSize, 'options.chunkSize', Z_MIN_CHUNK, Infinity, Z_DEFAULT_CHUNK),
    flush: numberIn(options.flush, 'options.flush', first, last, first),
    finishFlush: numberIn(options.finishFlush, 'options.finishFlush', first, last, brotli ? BROTLI_OPERATION_FINISH : Z_FINISH),
    fullFlush: brotli ? BROTLI_OPERATION_FLUSH : Z_FULL_FLUSH,
    maxOutputLength: numberIn(options.maxOutputLength, 'options.maxOutputLength', 1, MAX_LENGTH, MAX_LENGTH),
    dictionary: bytesOf(options.dictionary),
  };
}

const DECOMPRESSES = { __proto__: null, inflate: true, gunzip: true, unzip: true };

/** Settings of a class of zlib. */
export function zlibSettings(kind, given) {
  const options = given ?? { __proto__: null };
  const settings = common(options, false);
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

const LIMITS = { __proto__: null, 0: [0, 2], 1: [0, 11], 2: [10, 24], 3: [0, 24] };
const NAMES = { __proto__: null, 0: 'mode', 1: 'quality', 2: 'lgwin' };

/** Settings of a class of Brotli. */
export function brotliSettings(kind, given) {
  const options = given ?? { __proto__: null };
  const settings = common(options, true);
  settings.open = { __proto__: null, kind };
  const params = options.params ?? {};
  const keys = ObjectKeys(params);
  for (let i = 0; i < keys.length; i++) setParameter(settings.open, keys[i], params[keys[i]], kind === 'brotli');
  return settings;
}

function setParameter(open, key, value, compresses) {
  if (!isBrotliParameter(key)) throw coded(RangeError, 'ERR_BROTLI_INVALID_PARAM', `${key} is not a valid Brotli parameter`);
  if (typeof value !== 'number' && typeof value !== 'boolean') throw invalidArgType('options.params[key]', 'number', value);
  const limits = LIMITS[key];
  if (limits !== undefined && (!NumberIsInteger(+value) || value < limits[0] || value > limits[1])) {
    throw coded(TypeError, 'ERR_ZLIB_INITIALIZATION_FAILED', 'Initialization failed');
  }
  if (compresses && NAMES[key] !== undefined) open[NAMES[key]] = +value;
}
