// node:util: https://nodejs.org/api/util.html

import {
  Array,
  ArrayPrototypePop,
  ArrayPrototypePush,
  Error,
  Map,
  NumberIsFinite,
  ObjectAssign,
  ObjectDefineProperties,
  ObjectDefineProperty,
  ObjectGetOwnPropertyDescriptors,
  ObjectKeys,
  ObjectSetPrototypeOf,
  Promise,
  PromisePrototypeThen,
  PromiseResolve,
  ReflectApply,
  ReflectConstruct,
  ReflectGetPrototypeOf,
  RegExp,
  RegExpPrototypeExec,
  RegExpPrototypeSymbolReplace,
  SafeSet,
  StringPrototypeIncludes,
  StringPrototypeReplaceAll,
  StringPrototypeSplit,
  StringPrototypeToUpperCase,
  StringPrototypeToWellFormed,
  SymbolFor,
} from '../bootstrap/primordials.js';
import { AbortController, isAbortSignal, onAbort } from '../abort/index.js';
import { log } from '../console/index.js';
import { format, formatWithOptions } from '../console/inspect/format.js';
import { inspect } from '../console/inspect/index.js';
import { TextDecoder, TextEncoder } from '../encoding/index.js';
import { queueMicrotask } from '../events/index.js';
import { isDeepStrictEqual } from './internal/compare.js';
import { coded, invalidArgType, invalidArgValue, validateFunction, validateObject, validateString } from './internal/errors.js';
import { currentEnvironment } from './process_env.js';
import types from './util_types.js';

const customPromisify = SymbolFor('nodejs.util.promisify.custom');
const warned = new SafeSet();
const ANSI = /[\u001b\u009b][[\]()#;?]*(?:(?:(?:(?:;[-a-zA-Z\d/#&.:=?%@~_]+)*|[a-zA-Z\d]+(?:;[-a-zA-Z\d/#&.:=?%@~_]*)*)?(?:\u0007|\u001b\\|\u009c))|(?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PR-TZcf-nq-uy=><~]))/g;

function promisify(original) {
  validateFunction(original, 'original');
  const custom = original[customPromisify];
  if (custom !== undefined) {
    validateFunction(custom, 'util.promisify.custom');
    return ObjectDefineProperty(custom, customPromisify, { __proto__: null, value: custom, enumerable: false, writable: false, configurable: true });
  }
  function promisified(...args) {
    return new Promise((resolve, reject) => {
      ArrayPrototypePush(args, (error, value) => (error ? reject(error) : resolve(value)));
      ReflectApply(original, this, args);
    });
  }
  ObjectSetPrototypeOf(promisified, ReflectGetPrototypeOf(original));
  ObjectDefineProperty(promisified, customPromisify, { __proto__: null, value: promisified, enumerable: false, writable: false, configurable: true });
  return ObjectDefineProperties(promisified, ObjectGetOwnPropertyDescriptors(original));
}
promisify.custom = customPromisify;

function rejectedReason(reason) {
  if (reason) return reason;
  const error = coded(Error, 'ERR_FALSY_VALUE_REJECTION', 'Promise was rejected with falsy value', callbackify);
  error.reason = reason;
  return error;
}

function callbackify(original) {
  validateFunction(original, 'original');
  function callbackified(...args) {
    const callback = ArrayPrototypePop(args);
    validateFunction(callback, 'last argument');
    PromisePrototypeThen(
      PromiseResolve(ReflectApply(original, this, args)),
      (value) => queueMicrotask(() => callback(null, value)),
      (reason) => queueMicrotask(() => callback(rejectedReason(reason))),
    );
  }
  const descriptors = ObjectGetOwnPropertyDescriptors(original);
  if (typeof descriptors.length?.value === 'number') descriptors.length.value++;
  if (typeof descriptors.name?.value === 'string') descriptors.name.value += 'Callbackified';
  return ObjectDefineProperties(callbackified, descriptors);
}

function inherits(constructor, parent) {
  if (constructor === undefined || constructor === null) throw invalidArgType('ctor', 'function', constructor);
  if (parent === undefined || parent === null) throw invalidArgType('superCtor', 'function', parent);
  if (parent.prototype === undefined) throw invalidArgType('superCtor.prototype', 'object', parent.prototype);
  ObjectDefineProperty(constructor, 'super_', { __proto__: null, value: parent, writable: true, configurable: true });
  ObjectSetPrototypeOf(constructor.prototype, parent.prototype);
}

/** A function that warns, once, that it is deprecated. */
function deprecate(original, message, code) {
  validateFunction(original, 'fn');
  if (code !== undefined) validateString(code, 'code');
  let told = false;
  function deprecated(...args) {
    if (!told && !(code !== undefined && warned.has(code))) log('warn', `DeprecationWarning: ${code === undefined ? '' : `[${code}] `}${message}`);
    told = true;
    if (code !== undefined) warned.add(code);
    return new.target ? ReflectConstruct(original, args, new.target) : ReflectApply(original, this, args);
  }
  ObjectSetPrototypeOf(deprecated, original);
  if (original.prototype) deprecated.prototype = original.prototype;
  return deprecated;
}

/** A logger that is silent unless the environment variable NODE_DEBUG names its section. */
function debuglog(section, callback) {
  const wanted = StringPrototypeToUpperCase(`${section}`);
  let enabled;
  const test = () => {
    enabled ??= isDebugged(wanted);
    return enabled;
  };
  const logger = (...args) => {
    if (test()) log('debug', `${wanted}: ${ReflectApply(format, undefined, args)}`);
  };
  ObjectDefineProperty(logger, 'enabled', { __proto__: null, get: test, configurable: true, enumerable: true });
  if (typeof callback === 'function') callback(logger);
  return logger;
}

function isDebugged(section) {
  const patterns = StringPrototypeSplit(StringPrototypeToUpperCase(currentEnvironment().NODE_DEBUG ?? ''), ',');
  for (let i = 0; i < patterns.length; i++) {
    const source = StringPrototypeReplaceAll(RegExpPrototypeSymbolReplace(/[|\\{}()[\]^$+?.]/g, patterns[i], '\\$&'), '*', '.*');
    if (patterns[i] !== '' && RegExpPrototypeExec(new RegExp(`^${source}$`), section) !== null) return true;
  }
  return false;
}

function stripVTControlCharacters(text) {
  validateString(text, 'str');
  return StringPrototypeIncludes(text, '\u001b') || StringPrototypeIncludes(text, '\u009b') ? RegExpPrototypeSymbolReplace(ANSI, text, '') : text;
}

/** A promise that settles when the signal aborts. */
async function aborted(signal, resource) {
  if (!isAbortSignal(signal)) throw invalidArgType('signal', 'AbortSignal', signal);
  validateObject(resource, 'resource');
  if (signal.aborted) return undefined;
  await new Promise((resolve) => onAbort(signal, () => resolve()));
  return undefined;
}

// https://nodejs.org/api/errors.html#common-system-errors, as far as functions can meet them
const SYSTEM_ERRORS = {
  __proto__: null,
  1: ['EPERM', 'operation not permitted'], 2: ['ENOENT', 'no such file or directory'], 13: ['EACCES', 'permission denied'], 17: ['EEXIST', 'file already exists'],
  20: ['ENOTDIR', 'not a directory'], 21: ['EISDIR', 'illegal operation on a directory'], 22: ['EINVAL', 'invalid argument'], 28: ['ENOSPC', 'no space left on device'],
  30: ['EROFS', 'read-only file system'], 32: ['EPIPE', 'broken pipe'], 38: ['ENOSYS', 'function not implemented'], 98: ['EADDRINUSE', 'address already in use'],
  104: ['ECONNRESET', 'connection reset by peer'], 110: ['ETIMEDOUT', 'connection timed out'], 111: ['ECONNREFUSED', 'connection refused'],
  113: ['EHOSTUNREACH', 'host is unreachable'],
};

function toUSVString(text) {
  return StringPrototypeToWellFormed(`${text}`);
}

function getSystemErrorName(number) {
  if (typeof number !== 'number') throw invalidArgType('err', 'number', number);
  return SYSTEM_ERRORS[-number]?.[0];
}

function getSystemErrorMessage(number) {
  if (typeof number !== 'number') throw invalidArgType('err', 'number', number);
  return SYSTEM_ERRORS[-number]?.[1];
}

/** What a shell shows of a process that a signal ended. */
function convertProcessSignalToExitCode(name) {
  const number = typeof name === 'string' ? import('./os.js').default.constants.signals?.[name] : undefined;
  if (number === undefined) throw invalidArgValue('signalCode', name, 'must be the name of a signal');
  return 128 + number;
}

function getCallSites(count = 10) {
  if (!NumberIsFinite(count)) throw invalidArgType('frameCount', 'number', count);
  const sites = [];
  const lines = import('./internal/call_sites.js').frameLines(getCallSites, count);
  for (let i = 0; i < lines.length; i++) {
    const found = RegExpPrototypeExec(/^\s+at (?:(.*?) \()?(.*?):(\d+):(\d+)\)?$/, lines[i]);
    if (found === null) continue;
    ArrayPrototypePush(sites, { functionName: found[1] ?? '', scriptName: found[2], scriptId: '', lineNumber: +found[3], column: +found[4], columnNumber: +found[4] });
  }
  return sites;
}

export default {
  _extend: (target, source) => (source === null || typeof source !== 'object' ? target : ObjectAssign(target, source)),
  aborted,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate,
  format,
  formatWithOptions,
  getCallSites,
  getSystemErrorName,
  getSystemErrorMap: () => new Map(ObjectKeys(SYSTEM_ERRORS).map((number) => [-number, SYSTEM_ERRORS[number]])),
  inherits,
  inspect,
  isArray: Array.isArray,
  isDeepStrictEqual,
  get MIMEType() { return import('./internal/mime_type.js').MIMEType; },
  get MIMEParams() { return import('./internal/mime_type.js').MIMEParams; },
  getSystemErrorMessage,
  diff: (actual, expected) => import('./internal/diff_of.js').diff(actual, expected),
  convertProcessSignalToExitCode,
  parseArgs: (config) => import('./internal/parse_args.js').parseArgs(config),
  transferableAbortController: () => new AbortController(),
  transferableAbortSignal: (signal) => {
    if (!isAbortSignal(signal)) throw invalidArgType('signal', 'AbortSignal', signal);
    return signal;
  },
  parseEnv: (content) => import('./internal/parse_env.js').parseEnv(content),
  promisify,
  stripVTControlCharacters,
  styleText: (style, text, options) => import('./internal/style_text.js').styleText(style, text, options),
  toUSVString,
  TextDecoder,
  TextEncoder,
  types,
};
