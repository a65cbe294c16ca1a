// What the functions of fs take beside paths: encodings, modes, times, data.

import { BigInt, DatePrototypeGetTime, Number, NumberIsFinite, NumberIsInteger, NumberIsNaN, RegExpPrototypeExec, parseInt } from '../../../bootstrap/primordials.js';
import { Buffer } from '../buffer/class.js';
import { invalidArgType, invalidArgValue, outOfRange, validateInteger } from '../errors.js';
import { isArrayBufferView, isDate, isUint8Array } from '../types.js';
import { flagsOf } from './constants.js';

const SECOND = 1000;
const OCTAL = /^[0-7]+$/;

/** Options that may be an encoding alone, with defaults. */
export function optionsOf(options, defaults) {
  if (options === undefined || options === null || typeof options === 'function') return defaults;
  if (typeof options === 'string') return checkEncoding({ ...defaults, encoding: options });
  if (typeof options !== 'object') throw invalidArgType('options', ['string', 'Object'], options);
  return checkEncoding({ ...defaults, ...options });
}

function checkEncoding(options) {
  const { encoding } = options;
  if (encoding && encoding !== 'buffer' && !Buffer.isEncoding(encoding)) throw invalidArgValue('encoding', encoding, 'is invalid encoding');
  return options;
}

/** Bytes as the encoding wants them: a Buffer, or text. */
export const encoded = (bytes, encoding) => (encoding && encoding !== 'buffer' ? bytes.toString(encoding) : bytes);

/** A name or path as the encoding wants it. */
export const encodedName = (name, encoding) => (!encoding || encoding === 'utf8' || encoding === 'utf-8' ? name : encoded(Buffer.from(name), encoding));

/** The number of flags such as `'w+'`. */
export function toFlags(flags, fallback) {
  const given = flags ?? fallback;
  if (typeof given === 'number') validateInteger(given, 'flags', -(2 ** 31), 2 ** 31 - 1);
  const number = flagsOf(given);
  if (!NumberIsInteger(number)) throw invalidArgValue('flags', flags);
  return number;
}

/** A mode: a number, or octal digits. */
export function toMode(mode, fallback, name = 'mode') {
  if (mode === undefined || mode === null) {
    if (fallback === undefined) throw invalidArgType(name, ['number', 'string'], mode);
    return fallback;
  }
  if (typeof mode === 'string') {
    if (RegExpPrototypeExec(OCTAL, mode) === null) throw invalidArgValue(name, mode, 'must be a 32-bit unsigned integer or an octal string');
    return parseInt(mode, 8);
  }
  if (typeof mode !== 'number') throw invalidArgType(name, 'number', mode);
  if (!NumberIsInteger(mode) || mode < 0 || mode > 4294967295) throw outOfRange(name, 'an integer >= 0 && <= 4294967295', mode);
  return mode;
}

/** Milliseconds of a time: seconds, a Date, or text of seconds.  What is no number is now, as in Node. */
export function toTime(time, name) {
  if (isDate(time)) return DatePrototypeGetTime(time);
  const seconds = typeof time === 'string' && !NumberIsNaN(Number(time)) ? Number(time) : time;
  if (typeof seconds !== 'number' || !NumberIsFinite(seconds)) throw invalidArgType(name, ['Date', 'Time in seconds'], time);
  return seconds * SECOND;
}

/** The bytes of what is to be written. */
export function toBytes(data, encoding = 'utf8', name = 'data') {
  if (isUint8Array(data)) return data;
  if (isArrayBufferView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (typeof data !== 'string') throw invalidArgType(name, ['string', 'Buffer', 'TypedArray', 'DataView'], data);
  return Buffer.from(data, encoding ?? 'utf8');
}

/** A position in a file, from which so many bytes are read; null for where the last operation ended. */
export function toPosition(position, length = 0) {
  if (position === undefined || position === null || position === -1 || position === -1n) return null;
  if (typeof position === 'bigint') {
    const most = 2n ** 63n - 1n - BigInt(length);
    if (position < -1n || position > most) throw outOfRange('position', `>= -1 && <= ${most}`, position);
    return Number(position);
  }
  if (typeof position !== 'number') throw invalidArgType('position', ['integer', 'bigint'], position);
  if (!NumberIsInteger(position)) throw outOfRange('position', 'an integer', position);
  if (position < -1 || position > 2 ** 53 - 1) throw outOfRange('position', `>= -1 && <= ${2 ** 53 - 1}`, position);
  return position;
}
