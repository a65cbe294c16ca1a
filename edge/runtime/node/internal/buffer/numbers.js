// Reading and writing numbers: readUInt8 ... writeDoubleBE, generated from what they have in common.

import {
  BigInt64Array, BigIntAsIntN, BigIntAsUintN, Float32Array, Float64Array, MathFloor, ObjectKeys, StringPrototypeReplaceAll, Uint8Array,
} from '../../../bootstrap/primordials.js';
import { isBuilding } from '../../../bootstrap/state.js';
import { invalidArgType, outOfRange } from '../errors.js';
import { checkOffset, checkValue } from './bounds.js';

const MAX_BYTES = 6;
const SIGNS = [true, false];
const ORDERS = [{ __proto__: null, suffix: 'LE', little: true }, { __proto__: null, suffix: 'BE', little: false }];

function readUnsigned(buffer, offset, size, little) {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + buffer[little ? offset + size - 1 - i : offset + i];
  return value;
}

function readSigned(buffer, offset, size, little) {
  const value = readUnsigned(buffer, offset, size, little);
  const limit = 2 ** (size * 8 - 1);
  return value >= limit ? value - 2 * limit : value;
}

function writeInteger(buffer, value, offset, size, little) {
  let rest = value;
  for (let i = 0; i < size; i++) {
    buffer[little ? offset + i : offset + size - 1 - i] = rest;
    rest = MathFloor(rest / 256);
  }
  return offset + size;
}

function limits(size, signed) {
  return { __proto__: null, min: signed ? -(2 ** (size * 8 - 1)) : 0, max: 2 ** (signed ? size * 8 - 1 : size * 8) - 1 };
}

function checkSize(size) {
  if (typeof size !== 'number') throw invalidArgType('byteLength', 'number', size);
  if (MathFloor(size) !== size) throw outOfRange('byteLength', 'an integer', size);
  if (size < 1 || size > MAX_BYTES) throw outOfRange('byteLength', `>= 1 and <= ${MAX_BYTES}`, size);
}

function addIntegers(methods, size, signed, little, suffix) {
  const read = signed ? readSigned : readUnsigned;
  const { min, max } = limits(size, signed);
  const name = `${signed ? '' : 'U'}Int${size * 8}${suffix}`;
  methods[`read${name}`] = function readInteger(offset = 0) {
    checkOffset(this, offset, size);
    return read(this, offset, size, little);
  };
  methods[`write${name}`] = function writeNumber(value, offset = 0) {
    const number = +value;
    checkValue(number, min, max, size);
    checkOffset(this, offset, size);
    return writeInteger(this, number, offset, size, little);
  };
}

function addVariable(methods, signed, little, suffix) {
  const read = signed ? readSigned : readUnsigned;
  const name = `${signed ? '' : 'U'}Int${suffix}`;
  methods[`read${name}`] = function readInteger(offset, size) {
    if (offset === undefined) throw invalidArgType('offset', 'number', offset);
    checkSize(size);
    checkOffset(this, offset, size);
    return read(this, offset, size, little);
  };
  methods[`write${name}`] = function writeNumber(value, offset, size) {
    checkSize(size);
    const { min, max } = limits(size, signed);
    const number = +value;
    checkValue(number, min, max, size);
    checkOffset(this, offset, size);
    return writeInteger(this, number, offset, size, little);
  };
}

// A number's bytes are taken through a typed array of its own, made when it is first needed: of two views of one memory
// that are in a snapshot V8 may not find the memory again.
function scratch(Class, count) {
  let views = null;
  const make = () => {
    const numbers = new Class(1);
    const made = { __proto__: null, numbers, bytes: new Uint8Array(numbers.buffer) };
    if (!isBuilding()) views = made;
    return made;
  };
  return {
    read(buffer, offset, little) {
      const { numbers, bytes } = views ?? make();
      for (let i = 0; i < count; i++) bytes[little ? i : count - 1 - i] = buffer[offset + i];
      return numbers[0];
    },
    write(buffer, value, offset, little) {
      const { numbers, bytes } = views ?? make();
      numbers[0] = value;
      for (let i = 0; i < count; i++) buffer[offset + i] = bytes[little ? i : count - 1 - i];
      return offset + count;
    },
  };
}

function addFloats(methods, name, Class, size) {
  const { read, write } = scratch(Class, size);
  for (let i = 0; i < ORDERS.length; i++) {
    const { suffix, little } = ORDERS[i];
    methods[`read${name}${suffix}`] = function readFloat(offset = 0) {
      checkOffset(this, offset, size);
      return read(this, offset, little);
    };
    methods[`write${name}${suffix}`] = function writeFloat(value, offset = 0) {
      checkOffset(this, offset, size);
      return write(this, +value, offset, little);
    };
  }
}

function addBigIntegers(methods) {
  const { read, write } = scratch(BigInt64Array, 8);
  for (let i = 0; i < ORDERS.length; i++) {
    const { suffix, little } = ORDERS[i];
    for (let j = 0; j < SIGNS.length; j++) {
      const signed = SIGNS[j];
      const name = `Big${signed ? '' : 'U'}Int64${suffix}`;
      const min = signed ? -(2n ** 63n) : 0n;
      const max = 2n ** (signed ? 63n : 64n) - 1n;
      methods[`read${name}`] = function readBigInteger(offset = 0) {
        checkOffset(this, offset, 8);
        const value = read(this, offset, little);
        return signed ? value : BigIntAsUintN(64, value);
      };
      methods[`write${name}`] = function writeBigInteger(value, offset = 0) {
        if (typeof value !== 'bigint') throw invalidArgType('value', 'bigint', value);
        checkValue(value, min, max, 8);
        checkOffset(this, offset, 8);
        return write(this, BigIntAsIntN(64, value), offset, little);
      };
    }
  }
}

/** All methods, under all their names (readUInt8 and readUint8). */
export function numberMethods() {
  const methods = { __proto__: null };
  for (let i = 0; i < SIGNS.length; i++) {
    const signed = SIGNS[i];
    addIntegers(methods, 1, signed, true, '');
    for (let j = 0; j < ORDERS.length; j++) {
      const { suffix, little } = ORDERS[j];
      addIntegers(methods, 2, signed, little, suffix);
      addIntegers(methods, 4, signed, little, suffix);
      addVariable(methods, signed, little, suffix);
    }
  }
  addFloats(methods, 'Float', Float32Array, 4);
  addFloats(methods, 'Double', Float64Array, 8);
  addBigIntegers(methods);
  const names = ObjectKeys(methods);
  for (let i = 0; i < names.length; i++) methods[StringPrototypeReplaceAll(names[i], 'UInt', 'Uint')] = methods[names[i]];
  return methods;
}
