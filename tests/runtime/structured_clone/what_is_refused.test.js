const refused = (value, what) => assert_throws('DataCloneError', () => structuredClone(value), what);

test('functions, symbols and objects with hidden state', () => {
  const values = {
    function: () => {}, class: class {}, symbol: Symbol('s'), boxed: Object(Symbol('s')), promise: Promise.resolve(), weakmap: new WeakMap(), weakset: new WeakSet(),
    weakref: new WeakRef({}), registry: new FinalizationRegistry(() => {}), generator: (function* () {})(), iterator: [].values(), response: new Response(''), headers: new Headers(),
    signal: new AbortController().signal, format: new Intl.NumberFormat('en'), global: globalThis, asyncGenerator: (async function* () {})(),
    module: new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
  };
  for (const [name, value] of Object.entries(values)) {
    refused(value, name);
    refused({ deep: [value] }, `${name} inside`);
  }
  refused((function () { return arguments; })(1), 'arguments');
});

test('a proxy, of whatever', () => {
  let trapped = 0;
  const handler = new Proxy({}, { get() { trapped += 1; return undefined; } });
  for (const target of [{}, [], new Map(), new Date()]) refused(new Proxy(target, handler));
  refused([new Proxy([], {})]);
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  refused(proxy);
  assert_equals(trapped, 0);
});

test('shared memory', () => {
  const shared = new SharedArrayBuffer(8);
  refused(shared);
  refused(new Uint8Array(shared));
  refused(new DataView(shared));
  assert_throws('DataCloneError', () => structuredClone(1, { transfer: [shared] }));
});

test('detached buffers and views beyond the end', () => {
  const detached = new ArrayBuffer(8);
  const view = new Uint8Array(detached);
  detached.transfer();
  refused(detached);
  refused(view);
  const resizable = new ArrayBuffer(8, { maxByteLength: 16 });
  const tail = new Uint8Array(resizable, 4, 4);
  const data = new DataView(resizable, 4, 4);
  const open = new Uint8Array(resizable, 6);
  resizable.resize(5);
  refused(tail);
  refused(data);
  refused(open);
});

test('what only looks like a platform object, a map or a date by its class string is a plain object', () => {
  const fake = { [Symbol.toStringTag]: 'Map', size: 2 };
  assert_deep_equals(Object.keys(structuredClone(fake)), ['size']);
  assert_deep_equals(structuredClone(Object.create(Map.prototype, { a: { value: 1, enumerable: true } })), { a: 1 });
  assert_deep_equals(structuredClone(Object.create(Date.prototype)), {});
  assert_deep_equals(structuredClone(Object.create(Blob.prototype)), {});
  assert_deep_equals(structuredClone(Math), {});
});

test('the message of the error says what it was', () => {
  const error = assert_throws('DataCloneError', () => structuredClone({ a: [() => {}] }));
  assert_true(error instanceof DOMException);
  assert_equals(error.code, 25);
  assert_equals(error.message, 'A function could not be cloned.');
});
