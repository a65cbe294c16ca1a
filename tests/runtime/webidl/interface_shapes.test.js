const NAMES = [
  'AbortController', 'AbortSignal', 'Blob', 'ByteLengthQueuingStrategy', 'CompressionStream', 'CountQueuingStrategy', 'Crypto', 'CryptoKey', 'CustomEvent', 'DOMException', 'DecompressionStream',
  'ErrorEvent', 'Event', 'EventTarget', 'File', 'FormData', 'Headers', 'MessageEvent', 'Performance', 'PerformanceEntry', 'PerformanceMark', 'PerformanceMeasure', 'PerformanceObserver',
  'PerformanceObserverEntryList', 'PromiseRejectionEvent', 'ReadableByteStreamController', 'ReadableStream', 'ReadableStreamBYOBReader',
  'ReadableStreamBYOBRequest', 'ReadableStreamDefaultController', 'ReadableStreamDefaultReader', 'Request', 'Response', 'SubtleCrypto', 'TextDecoder',
  'TextDecoderStream', 'TextEncoder', 'TextEncoderStream', 'TransformStream', 'TransformStreamDefaultController', 'URL', 'URLSearchParams',
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
