// https://min-common-api.proposal.wintertc.org/ (ECMA-429): what every runtime of its kind has.

const INTERFACES = [
  'AbortController', 'AbortSignal', 'Blob', 'ByteLengthQueuingStrategy', 'CompressionStream', 'CountQueuingStrategy', 'Crypto', 'CryptoKey',
  'CustomEvent', 'DOMException', 'DecompressionStream', 'ErrorEvent', 'Event', 'EventTarget', 'File', 'FormData', 'Headers', 'MessageChannel',
  'MessageEvent', 'MessagePort', 'Performance', 'PromiseRejectionEvent', 'ReadableByteStreamController', 'ReadableStream',
  'ReadableStreamBYOBReader', 'ReadableStreamBYOBRequest', 'ReadableStreamDefaultController', 'ReadableStreamDefaultReader', 'Request', 'Response',
  'SubtleCrypto', 'TextDecoder', 'TextDecoderStream', 'TextEncoder', 'TextEncoderStream', 'TransformStream', 'TransformStreamDefaultController',
  'URL', 'URLPattern', 'URLSearchParams', 'WritableStream', 'WritableStreamDefaultController', 'WritableStreamDefaultWriter',
];
const FUNCTIONS = [
  'atob', 'btoa', 'clearInterval', 'clearTimeout', 'fetch', 'queueMicrotask', 'reportError', 'setInterval', 'setTimeout', 'structuredClone',
];
const WEB_ASSEMBLY = ['CompileError', 'Exception', 'Global', 'Instance', 'LinkError', 'Memory', 'Module', 'RuntimeError', 'Table', 'Tag'];

test('43 interfaces', () => {
  assert_equals(INTERFACES.length, 43);
  for (const name of INTERFACES) {
    assert_equals(typeof globalThis[name], 'function', name);
    assert_equals(globalThis[name].name, name);
    assert_equals(globalThis[name].prototype[Symbol.toStringTag], name);
  }
});

test('functions', () => {
  for (const name of FUNCTIONS) assert_equals(`${typeof globalThis[name]} ${globalThis[name].name}`, `function ${name}`);
});

test('objects', () => {
  assert_true(globalThis.self === globalThis);
  assert_true(crypto instanceof Crypto && crypto.subtle instanceof SubtleCrypto);
  assert_true(performance instanceof Performance);
  assert_equals(Object.prototype.toString.call(console), '[object console]');
  assert_equals(typeof navigator.userAgent, 'string');
  for (const name of ['onerror', 'onunhandledrejection', 'onrejectionhandled']) assert_equals(globalThis[name], null, name);
});

test('WebAssembly', () => {
  for (const name of WEB_ASSEMBLY) assert_equals(typeof WebAssembly[name], 'function', name);
  for (const name of ['compile', 'compileStreaming', 'instantiate', 'instantiateStreaming', 'validate']) assert_equals(typeof WebAssembly[name], 'function', name);
  assert_true(WebAssembly.JSTag instanceof WebAssembly.Tag);
});
