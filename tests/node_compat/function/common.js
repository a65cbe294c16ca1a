// What Node's tests find as `../common`: the same helpers, for a function.

'use strict';

const assert = require('assert');
const { inspect } = require('util');

const checks = [];

function place() {
  return (new Error().stack || '').split('\n').slice(3, 5).join('\n');
}

function counted(callback, criteria, field) {
  if (typeof callback === 'number') [callback, criteria] = [() => {}, callback];
  else if (callback === undefined) callback = () => {};
  const context = { [field]: criteria, actual: 0, name: callback.name || '<anonymous>', stack: place() };
  checks.push(context);
  const wrapped = function (...args) {
    context.actual++;
    return Reflect.apply(callback, this, args);
  };
  Object.defineProperties(wrapped, {
    name: { value: callback.name, configurable: true },
    length: { value: callback.length, configurable: true },
  });
  return wrapped;
}

const mustCall = (callback, exact = 1) => counted(callback, exact, 'exact');
const mustCallAtLeast = (callback, minimum = 1) => counted(callback, minimum, 'minimum');

function mustSucceed(callback, exact) {
  return mustCall(function (error, ...args) {
    assert.ifError(error);
    if (typeof callback === 'function') return Reflect.apply(callback, this, args);
    return undefined;
  }, exact);
}

function mustNotCall(message) {
  const where = place();
  return function mustNotCall(...args) {
    const given = args.length > 0 ? `\ncalled with arguments: ${args.map((arg) => inspect(arg)).join(', ')}` : '';
    assert.fail(`${message || 'function should not have been called'} at ${where}${given}`);
  };
}

function mustNotMutateObjectDeep(original) {
  if (original === null || typeof original !== 'object' || ArrayBuffer.isView(original) || original instanceof ArrayBuffer) return original;
  return new Proxy(original, {
    defineProperty() { assert.fail('expected no side effects'); },
    deleteProperty() { assert.fail('expected no side effects'); },
    get(target, property, receiver) {
      const descriptor = Object.getOwnPropertyDescriptor(target, property);
      const value = Reflect.get(target, property, receiver);
      if (descriptor && !descriptor.configurable && !descriptor.writable) return value;
      return typeof value === 'object' && value !== null && !(value instanceof AbortSignal) ? mustNotMutateObjectDeep(value) : value;
    },
    set() { assert.fail('expected no side effects'); },
    setPrototypeOf() { assert.fail('expected no side effects'); },
  });
}

function expectsError(validator, exact) {
  return mustCall((...args) => {
    assert.strictEqual(args.length, 1);
    assert.throws(() => { throw args[0]; }, validator);
    return true;
  }, exact);
}

let warnings;
function expectWarning(nameOrMap, expected, code) {
  if (warnings === undefined) {
    warnings = {};
    process.on('warning', (warning) => {
      const list = warnings[warning.name];
      if (!list || list.length === 0) throw new TypeError(`Unexpected warning: ${warning}`);
      const [message, wanted] = list.shift();
      assert.strictEqual(warning.message, message);
      if (wanted !== undefined) assert.strictEqual(warning.code, wanted);
    });
  }
  const add = (name, list, itsCode) => {
    const all = typeof list === 'string' ? [[list, itsCode]] : Array.isArray(list) ? (Array.isArray(list[0]) ? list : [[list[0], list[1]]]) : Object.entries(list).map(([c, m]) => [m, c]);
    warnings[name] = [...(warnings[name] || []), ...all];
  };
  if (typeof nameOrMap === 'string') add(nameOrMap, expected, code);
  else for (const [name, list] of Object.entries(nameOrMap)) add(name, list);
}

function invalidArgTypeHelper(input) {
  if (input == null) return ` Received ${input}`;
  if (typeof input === 'function') return ` Received function ${input.name}`;
  if (typeof input === 'object') {
    if (input.constructor?.name) return ` Received an instance of ${input.constructor.name}`;
    return ` Received ${inspect(input, { depth: -1 })}`;
  }
  let inspected = inspect(input, { colors: false });
  if (inspected.length > 28) inspected = `${inspected.slice(inspected, 0, 25)}...`;
  return ` Received type ${typeof input} (${inspected})`;
}

const VIEWS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView];

function getArrayBufferViews(buffer) {
  const { buffer: memory, byteOffset, byteLength } = buffer;
  const views = [];
  for (const View of VIEWS) {
    const { BYTES_PER_ELEMENT = 1 } = View;
    if (byteLength % BYTES_PER_ELEMENT === 0) views.push(new View(memory, byteOffset, byteLength / BYTES_PER_ELEMENT));
  }
  return views;
}

class Skipped extends Error {}

const common = {
  Skipped,
  allowGlobals() {},
  buildType: 'Release',
  canCreateSymLink: () => true,
  enoughTestMem: false,
  expectWarning,
  expectsError,
  getArrayBufferViews,
  getBufferSources: (buffer) => [...getArrayBufferViews(buffer), new Uint8Array(buffer).buffer],
  getTTYfd: () => -1,
  hasCrypto: true,
  hasFullICU: true,
  hasInspector: false,
  hasIPv6: false,
  hasIntl: true,
  hasOpenSSL: () => false,
  hasOpenSSL3: true,
  hasQuic: false,
  hasSQLite: false,
  invalidArgTypeHelper,
  isAIX: false,
  isAlpine: () => false,
  isASan: false,
  isDebug: false,
  isDumbTerminal: true,
  isFreeBSD: false,
  isIBMi: false,
  isInsideDirWithUnusualChars: false,
  isLinux: true,
  isMacOS: false,
  isMainThread: true,
  isOpenBSD: false,
  isPi: () => false,
  isSunOS: false,
  isWindows: false,
  localhostIPv4: '127.0.0.1',
  mustCall,
  mustCallAtLeast,
  mustNotCall,
  mustNotMutateObjectDeep,
  mustSucceed,
  platformTimeout: (ms) => ms,
  printSkipMessage() {},
  sleepSync(ms) { for (const end = Date.now() + ms; Date.now() < end;); },
  skip(reason) { throw new Skipped(reason); },
  skipIf32Bits() {},
  skipIfInspectorDisabled() { throw new Skipped('there is no inspector'); },
  skipIfSQLiteMissing() { throw new Skipped('there is no sqlite'); },
  usesSharedLibrary: false,
  runWithInvalidFD(use) {
    let fd = 2 ** 30;
    while (fd-- > 0) {
      try { require('fs').fstatSync(fd); } catch { return use(fd); }
    }
    return undefined;
  },

  /** For the runner: whether every count is reached, and what is not as it must be in the end. */
  settled: () => checks.every(({ exact, minimum, actual }) => actual >= (exact ?? minimum)),
  unmet: () =>
    checks
      .filter(({ exact, minimum, actual }) => (exact === undefined ? actual < minimum : actual !== exact))
      .map(({ name, exact, minimum, actual, stack }) => `${name} was called ${actual} times, expected ${exact ?? `at least ${minimum}`}\n${stack}`),
};

module.exports = common;
