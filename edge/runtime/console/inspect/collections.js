// The entries of arrays, typed arrays, sets, maps and buffers.

import {
  ArrayPrototypePush,
  MapIteratorPrototypeNext,
  MapPrototypeEntries,
  MapPrototypeGetSize,
  MathMin,
  NumberPrototypeToString,
  ReflectGetOwnPropertyDescriptor,
  ReflectOwnKeys,
  RegExpPrototypeExec,
  SetIteratorPrototypeNext,
  SetPrototypeGetSize,
  SetPrototypeValues,
  StringPrototypeTrim,
  StringPrototypePadStart,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
  Uint8Array,
} from '../../bootstrap/primordials.js';
import { isAnyArrayBuffer, isSharedArrayBuffer } from '../../node/internal/types.js';
import { formatNumber, formatBigInt } from './primitive.js';

const more = (count) => `... ${count} more item${count > 1 ? 's' : ''}`;
const plural = (count) => (count > 1 ? 's' : '');

/** Entries of an array; runs of holes count as one. `property` formats one index. */
export function arrayEntries(context, array, length, property) {
  const parts = [];
  const limit = MathMin(context.maxArrayLength, length);
  let index = 0;
  while (index < length && parts.length < limit && context.spent < context.budget) {
    if (ReflectGetOwnPropertyDescriptor(array, `${index}`) !== undefined) {
      ArrayPrototypePush(parts, property(index));
      index++;
      continue;
    }
    const end = nextIndex(array, index, length);
    const holes = end - index;
    ArrayPrototypePush(parts, context.stylize(`<${holes} empty item${plural(holes)}>`, 'undefined'));
    index = end;
  }
  if (index < length) addMore(parts, length - index);
  return parts;
}

function addMore(parts, count) {
  ArrayPrototypePush(parts, more(count));
  parts.extra = 1;
}

export const INDEX_KEY = /^(?:0|[1-9]\d*)$/;
const SCAN = 1000;

/** The next index that is there.  Long holes are looked up among the keys, which V8 keeps in order. */
function nextIndex(array, from, length) {
  for (let i = from + 1; i < MathMin(from + SCAN, length); i++) if (ReflectGetOwnPropertyDescriptor(array, `${i}`) !== undefined) return i;
  if (from + SCAN >= length) return length;
  const keys = ReflectOwnKeys(array);
  for (let i = 0; i < keys.length; i++) {
    if (typeof keys[i] !== 'string' || RegExpPrototypeExec(INDEX_KEY, keys[i]) === null) break;
    if (+keys[i] > from) return MathMin(+keys[i], length);
  }
  return length;
}

export function typedEntries(context, array, length) {
  const parts = [];
  const shown = MathMin(context.maxArrayLength, length);
  const format = length > 0 && typeof array[0] === 'bigint' ? formatBigInt : formatNumber;
  for (let i = 0; i < shown; i++) ArrayPrototypePush(parts, format(context, array[i]));
  if (length > shown) addMore(parts, length - shown);
  return parts;
}

/** A set's values; stops at maxArrayLength. */
export function setEntries(context, set, format) {
  const size = SetPrototypeGetSize(set);
  const shown = MathMin(context.maxArrayLength, size);
  const values = SetPrototypeValues(set);
  const parts = [];
  context.indentation += 2;
  for (let i = 0; i < shown && context.spent < context.budget; i++) ArrayPrototypePush(parts, format(SetIteratorPrototypeNext(values).value));
  context.indentation -= 2;
  if (size > parts.length) addMore(parts, size - parts.length);
  return parts;
}

export function mapEntries(context, map, format) {
  const size = MapPrototypeGetSize(map);
  const shown = MathMin(context.maxArrayLength, size);
  const entries = MapPrototypeEntries(map);
  const parts = [];
  context.indentation += 2;
  for (let i = 0; i < shown && context.spent < context.budget; i++) {
    const pair = MapIteratorPrototypeNext(entries).value;
    ArrayPrototypePush(parts, `${format(pair[0])} => ${format(pair[1])}`);
  }
  context.indentation -= 2;
  if (size > parts.length) addMore(parts, size - parts.length);
  return parts;
}

/** The bytes of an ArrayBuffer in hexadecimal. */
export function bufferEntry(context, buffer) {
  if (isAnyArrayBuffer(buffer) && !isSharedArrayBuffer(buffer) && buffer.detached) return [context.stylize('(detached)', 'special')];
  const bytes = new Uint8Array(buffer);
  const length = TypedArrayPrototypeGetLength(bytes);
  const shown = MathMin(context.maxArrayLength, length);
  let hex = '';
  for (let i = 0; i < shown; i++) hex += `${i === 0 ? '' : ' '}${StringPrototypePadStart(NumberPrototypeToString(bytes[i], 16), 2, '0')}`;
  const rest = length - shown;
  const text = rest > 0 ? `${StringPrototypeTrim(hex)} ... ${rest} more byte${plural(rest)}` : hex;
  return [`${context.stylize('[Uint8Contents]', 'special')}: <${text}>`];
}

/** With showHidden, what a typed array lies on. */
export function typedExtras(context, array, format) {
  const facts = [
    ['BYTES_PER_ELEMENT', array.BYTES_PER_ELEMENT],
    ['length', TypedArrayPrototypeGetLength(array)],
    ['byteLength', TypedArrayPrototypeGetByteLength(array)],
    ['byteOffset', TypedArrayPrototypeGetByteOffset(array)],
    ['buffer', TypedArrayPrototypeGetBuffer(array)],
  ];
  const parts = [];
  for (let i = 0; i < facts.length; i++) ArrayPrototypePush(parts, `[${facts[i][0]}]: ${format(facts[i][1])}`);
  return parts;
}
