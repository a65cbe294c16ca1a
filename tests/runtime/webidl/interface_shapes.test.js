const NAMES = [
  'AbortController', 'AbortSignal', 'Blob', 'ByteLengthQueuingStrategy', 'CompressionStream', 'CountQueuingStrategy', 'Crypto', 'CryptoKey', 'CustomEvent', 'DOMException', 'DecompressionStream',
  'BroadcastChannel', 'ErrorEvent', 'Event', 'EventTarget', 'File', 'FileReader', 'MessageChannel', 'MessagePort', 'ProgressEvent', 'FormData', 'Headers', 'MessageEvent', 'Performance', 'PerformanceEntry', 'PerformanceMark', 'PerformanceMeasure', 'PerformanceObserver',
  'PerformanceObserverEntryList', 'PromiseRejectionEvent', 'QuotaExceededError', 'ReadableByteStreamController', 'ReadableStream', 'ReadableStreamBYOBReader',
  'ReadableStreamBYOBRequest', 'ReadableStreamDefaultController', 'ReadableStreamDefaultReader', 'Request', 'Response', 'SubtleCrypto', 'TextDecoder',
  'TextDecoderStream', 'TextEncoder', 'TextEncoderStream', 'TransformStream', 'TransformStreamDefaultController', 'URL', 'URLPattern', 'URLSearchParams',
  'WritableStream', 'WritableStreamDefaultController', 'WritableStreamDefaultWriter',
];
for (const name of NAMES) {
  test(`${name} is a global with Web IDL's attributes`, () => {
    const Class = globalThis[name]; // a group of globals is made when one of it is read first (bootstrap/lazy_groups.js)
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    assert_equals(`${descriptor.writable} ${descriptor.enumerable} ${descriptor.configurable}`, 'true false true');
    assert_equals(Class.name, name);
    assert_equals(Class.prototype[Symbol.toStringTag], name);
    assert_throws(TypeError, () => Class());
    for (const key of Object.getOwnPropertyNames(Class.prototype)) {
      if (key !== 'constructor') assert_true(Object.getOwnPropertyDescriptor(Class.prototype, key).enumerable, key);
    }
  });
}

test('iterators of pairs have the class string and prototype of Web IDL', () => {
  for (const object of [new Headers(), new FormData(), new URLSearchParams()]) {
    const name = object.constructor.name;
    const prototype = Object.getPrototypeOf(object.entries());
    assert_equals(prototype[Symbol.toStringTag], `${name} Iterator`);
    assert_true(Object.getPrototypeOf(prototype) === Iterator.prototype);
    assert_true(object[Symbol.iterator] === object.entries);
    assert_throws(TypeError, () => object.entries.call({}));
    assert_throws(TypeError, () => prototype.next.call({}));
  }
});

for (const [name, length] of [['atob', 1], ['btoa', 1], ['fetch', 1], ['queueMicrotask', 1], ['structuredClone', 1]]) {
  test(`${name} is a global function of its name and length`, () => {
    assert_equals(`${globalThis[name].name} ${globalThis[name].length}`, `${name} ${length}`);
  });
}

// What a member does with a receiver of another kind.
function outcome(call) {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

test('members of interfaces refuse receivers of another kind: promises by a rejection, all else by a TypeError', async () => {
  const wrong = [];
  for (const name of NAMES) {
    const { prototype } = globalThis[name];
    for (const key of Reflect.ownKeys(prototype)) {
      const { get, set, value } = Object.getOwnPropertyDescriptor(prototype, key);
      const calls = [get && (() => get.call({})), set && (() => set.call({}, '')), typeof value === 'function' && key !== 'constructor' && (() => value.call({}, 'x', 'x'))];
      for (const call of calls.filter(Boolean)) {
        const found = outcome(call);
        const error = found instanceof Promise ? await found.then(() => null, (reason) => reason) : found;
        if (!(error instanceof TypeError)) wrong.push(`${name}.${String(key)}: ${typeof error}`);
      }
    }
  }
  assert_deep_equals(wrong, []);
});

test('attributes of the global object are accessors, for it alone', () => {
  for (const name of ['crypto', 'performance', 'self']) {
    const { get, enumerable } = Object.getOwnPropertyDescriptor(globalThis, name);
    assert_equals(`${get.name} ${enumerable}`, `get ${name} true`);
    assert_true(get.call(undefined) === globalThis[name]);
    assert_throws(TypeError, () => get.call({}));
    assert_throws(TypeError, () => Object.create(globalThis)[name]);
  }
  assert_true(self === globalThis);
  const before = crypto;
  assert_throws(TypeError, () => { 'use strict'; globalThis.crypto = 1; });
  assert_true(crypto === before);
});

test('an attribute that can be replaced becomes what it is set to', () => {
  const before = performance;
  globalThis.performance = 'mine';
  assert_deep_equals(Object.getOwnPropertyDescriptor(globalThis, 'performance'), { value: 'mine', writable: true, enumerable: true, configurable: true });
  globalThis.performance = before;
});

test('operations of the global object are enumerable, interfaces and namespaces are not', () => {
  const keys = Object.keys(globalThis);
  for (const name of ['fetch', 'setTimeout', 'clearInterval', 'queueMicrotask', 'structuredClone', 'atob', 'crypto', 'self', 'reportError', 'onerror']) {
    assert_true(keys.includes(name), name);
  }
  for (const name of ['URL', 'Response', 'console', 'process', 'Buffer', 'WebAssembly', 'Promise']) assert_false(keys.includes(name), name);
});
