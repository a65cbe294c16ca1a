// Errors with Node's codes: https://nodejs.org/api/errors.html#nodejs-error-codes

import {
  ArrayPrototypePush,
  ArrayIsArray,
  ArrayPrototypeJoin,
  ArrayPrototypeSlice,
  Error,
  ErrorCaptureStackTrace,
  MathAbs,
  NumberIsInteger,
  NumberIsNaN,
  ObjectDefineProperty,
  RangeError,
  ReflectGetPrototypeOf,
  RegExpPrototypeExec,
  String,
  StringPrototypeIncludes,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  TypeError,
} from '../../bootstrap/primordials.js';

const MAX_SAFE = 2 ** 53 - 1;

/** `Base` with a code; its stack names the code, as Node's does. */
export function coded(Base, code, message, hide = coded) {
  const error = new Base(message);
  ObjectDefineProperty(error, 'name', { __proto__: null, value: `${error.name} [${code}]`, enumerable: false, writable: true, configurable: true });
  ErrorCaptureStackTrace(error, hide);
  // Reading the stack fixes its first line; then the name goes back to the class's own.
  void error.stack;
  delete error.name;
  error.code = code;
  ObjectDefineProperty(error, 'toString', { __proto__: null, value: textOf, enumerable: false, writable: true, configurable: true });
  return error;
}

/** The same for what Node's native code throws: as text, it does not name its code. */
export function nativeError(Base, code, message) {
  const error = coded(Base, code, message, nativeError);
  delete error.toString;
  return error;
}

// What Node's own errors are as text.
function textOf() {
  return `${this.name} [${this.code}]: ${this.message}`;
}

const kinds = (types) => {
  const list = ArrayIsArray(types) ? types : [types];
  const primitive = [];
  const instances = [];
  for (let i = 0; i < list.length; i++) {
    const type = list[i];
    const target = RegExpPrototypeExec(/^[a-z]/, type) === null ? instances : primitive;
    ArrayPrototypePush(target, type);
  }
  const parts = [];
  if (primitive.length > 0) ArrayPrototypePush(parts, `${primitive.length > 1 ? 'one of type' : 'of type'} ${either(primitive)}`);
  if (instances.length > 0) ArrayPrototypePush(parts, `an instance of ${either(instances)}`);
  return ArrayPrototypeJoin(parts, ' or ');
};

function either(names) {
  if (names.length <= 2) return ArrayPrototypeJoin(names, ' or ');
  return `${ArrayPrototypeJoin(ArrayPrototypeSlice(names, 0, -1), ', ')}, or ${names[names.length - 1]}`;
}

const short = (text) => (text.length > 28 ? `${StringPrototypeSlice(text, 0, 25)}...` : text);

/** What was got instead, as Node's messages end: ` Received type number (5)`. */
export function received(value, verb = ' Received') {
  if (value === null || value === undefined) return `${verb} ${value}`;
  if (typeof value === 'function') return `${verb} function ${value.name}`;
  if (typeof value === 'object') {
    const name = ReflectGetPrototypeOf(value) === null ? undefined : value.constructor?.name;
    return name ? `${verb} an instance of ${name}` : `${verb} [Object: null prototype] {}`;
  }
  const text = typeof value === 'string' ? `'${value}'` : typeof value === 'bigint' ? `${value}n` : String(value);
  return `${verb} type ${typeof value} (${short(text)})`;
}

export function invalidArgType(name, expected, value) {
  const subject = StringPrototypeIncludes(name, ' argument') ? name : `"${name}" ${StringPrototypeIncludes(name, '.') ? 'property' : 'argument'}`;
  return coded(TypeError, 'ERR_INVALID_ARG_TYPE', `The ${subject} must be ${kinds(expected)}.${received(value)}`, invalidArgType);
}

export function invalidArgValue(name, value, reason = 'is invalid') {
  const type = StringPrototypeIncludes(name, '.') ? 'property' : 'argument';
  return coded(TypeError, 'ERR_INVALID_ARG_VALUE', `The ${type} '${name}' ${reason}. Received ${StringPrototypeSlice(import('../../console/inspect/index.js').inspect(value), 0, 128)}`, invalidArgValue);
}

export function outOfRange(name, range, value) {
  return coded(RangeError, 'ERR_OUT_OF_RANGE', `The value of "${name}" is out of range. It must be ${range}. Received ${numberText(value)}`, outOfRange);
}

function numberText(value) {
  if (typeof value === 'bigint') return `${grouped(String(value))}n`;
  if (typeof value === 'string') return `'${value}'`;
  return NumberIsInteger(value) && MathAbs(value) > 2 ** 32 ? grouped(String(value)) : String(value);
}

function grouped(digits) {
  let rest = digits;
  let out = '';
  const least = StringPrototypeStartsWith(rest, '-') ? 4 : 3;
  while (rest.length > least) {
    out = `_${StringPrototypeSlice(rest, -3)}${out}`;
    rest = StringPrototypeSlice(rest, 0, -3);
  }
  return rest + out;
}

/** What this runtime does not have, with what to do instead. */
export function unsupported(what, hint) {
  return coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `${what} is not available in edge${hint ? `: ${hint}` : ''}`, unsupported);
}

/** What an AbortSignal makes of an operation. */
export function abortError(signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason });
  error.name = 'AbortError';
  error.code = 'ABORT_ERR';
  return error;
}

export function validateBoolean(value, name) {
  if (typeof value !== 'boolean') throw invalidArgType(name, 'boolean', value);
}

export function validateFunction(value, name) {
  if (typeof value !== 'function') throw invalidArgType(name, 'function', value);
}

export function validateString(value, name) {
  if (typeof value !== 'string') throw invalidArgType(name, 'string', value);
}

export function validateObject(value, name) {
  if (value === null || typeof value !== 'object' || ArrayIsArray(value)) throw invalidArgType(name, 'object', value);
}

export function validateInteger(value, name, min = -MAX_SAFE, max = MAX_SAFE) {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!NumberIsInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
}

export function validateNumber(value, name, min, max) {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if ((min !== undefined && value < min) || (max !== undefined && value > max) || ((min !== undefined || max !== undefined) && NumberIsNaN(value))) {
    const range = `${min === undefined ? '' : `>= ${min}`}${min !== undefined && max !== undefined ? ' && ' : ''}${max === undefined ? '' : `<= ${max}`}`;
    throw outOfRange(name, range, value);
  }
}
