// Checks of offsets and values, with Node's messages.

import { MathFloor, RangeError } from '../../../bootstrap/primordials.js';
import { coded, invalidArgType, outOfRange } from '../errors.js';

export function boundsError(value, length, type) {
  if (MathFloor(value) !== value) {
    if (typeof value !== 'number') throw invalidArgType(type ?? 'offset', 'number', value);
    throw outOfRange(type ?? 'offset', 'an integer', value);
  }
  if (length < 0) throw coded(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', 'Attempt to access memory outside buffer bounds');
  throw outOfRange(type ?? 'offset', `>= ${type ? 1 : 0} and <= ${length}`, value);
}

/** Throws unless `size` bytes lie at `offset`. */
export function checkOffset(buffer, offset, size) {
  if (typeof offset !== 'number') throw invalidArgType('offset', 'number', offset);
  if (!(offset >= 0 && offset + size <= buffer.length && MathFloor(offset) === offset)) boundsError(offset, buffer.length - size);
}

/** Throws unless `value` fits an integer of `size` bytes. */
export function checkValue(value, min, max, size) {
  if (!(value > max || value < min)) return;
  const n = typeof min === 'bigint' ? 'n' : '';
  let range = `>= ${min}${n} and <= ${max}${n}`;
  if (size > 4) {
    range = min === 0 || min === 0n ? `>= 0${n} and < 2${n} ** ${size * 8}${n}` : `>= -(2${n} ** ${size * 8 - 1}${n}) and < 2${n} ** ${size * 8 - 1}${n}`;
  }
  throw outOfRange('value', range, value);
}
