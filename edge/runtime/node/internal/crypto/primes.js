// Primes: https://nodejs.org/api/crypto.html#cryptogenerateprimesize-options-callback

import {
  ArrayPrototypePush, ArrayPrototypeReverse, BigInt, Number, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, Uint8Array,
} from '../../../bootstrap/primordials.js';
import { invalidArgType, outOfRange, validateFunction, validateInteger, validateObject } from '../errors.js';
import { viewOf } from './bytes.js';
import { answer, compute, opensslError } from './compute.js';
import { hostCallSync } from '../../../bootstrap/host.js';

const KINDS = ['ArrayBuffer', 'TypedArray', 'Buffer', 'DataView', 'bigint'];
const MAX = 2 ** 31 - 1;
// More is no number of anybody's: the host says so, too.
const LONGEST = 4096;

function flag(value, name) {
  if (value !== undefined && typeof value !== 'boolean') throw invalidArgType(name, 'boolean', value);
  return value === true;
}

function bytesOfNumber(number, name) {
  if (number < 0n) throw outOfRange(name, '>= 0', number);
  const bytes = [];
  for (let rest = number; rest > 0n; rest >>= 8n) ArrayPrototypePush(bytes, Number(rest & 0xffn));
  return new Uint8Array(ArrayPrototypeReverse(bytes));
}

/** The bytes of a number that is given as a BigInt or in a buffer. */
function numberBytes(value, name) {
  if (typeof value === 'bigint') return bytesOfNumber(value, name);
  const view = viewOf(value);
  if (view === undefined) throw invalidArgType(name, KINDS, value);
  return new Uint8Array(view);
}

function toBigInt(bytes) {
  let number = 0n;
  for (let i = 0; i < bytes.length; i++) number = number << 8n | BigInt(bytes[i]);
  return number;
}

function prepareGenerate(size, options = {}) {
  validateInteger(size, 'size', 1, MAX);
  validateObject(options, 'options');
  const safe = flag(options.safe, 'options.safe');
  const asNumber = flag(options.bigint, 'options.bigint');
  const none = new Uint8Array(0);
  const add = options.add === undefined ? none : numberBytes(options.add, 'options.add');
  const rem = options.rem === undefined ? none : numberBytes(options.rem, 'options.rem');
  return () => {
    const { data } = compute('primes.generate', { __proto__: null, bits: size, safe }, [add, rem]);
    return asNumber ? toBigInt(data) : TypedArrayPrototypeGetBuffer(new Uint8Array(data));
  };
}

export const generatePrimeSync = (size, options) => prepareGenerate(size, options)();

export function generatePrime(size, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  const perform = prepareGenerate(size, typeof options === 'function' ? undefined : options);
  validateFunction(done, 'callback');
  answer(perform, done);
}

function prepareCheck(candidate, options = {}) {
  const bytes = numberBytes(candidate, 'candidate');
  validateObject(options, 'options');
  const { checks = 0 } = options;
  validateInteger(checks, 'options.checks', 0, MAX);
  return () => {
    if (TypedArrayPrototypeGetLength(bytes) > LONGEST) throw opensslError('ERR_OSSL_BN_BIGNUM_TOO_LONG', 'bignum too long');
    return hostCallSync('nodecrypto.primes.check', { __proto__: null, checks }, bytes).value;
  };
}

export const checkPrimeSync = (candidate, options) => prepareCheck(candidate, options)();

export function checkPrime(candidate, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  const perform = prepareCheck(candidate, typeof options === 'function' ? undefined : options);
  validateFunction(done, 'callback');
  // A number that is no number of anybody's is told at once.
  if (typeof candidate !== 'bigint' && candidate.byteLength > LONGEST) perform();
  answer(perform, done);
}
