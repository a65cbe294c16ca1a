// Globals are made when they are read first, which may be after a function has replaced the builtins: what they need was
// taken before.

const OWNERS = [
  Object, Array, String, Reflect, JSON, Math, Number, Symbol, Promise, RegExp, Array.prototype, String.prototype, Function.prototype, RegExp.prototype, Map.prototype,
  Set.prototype, WeakMap.prototype, Promise.prototype, Number.prototype, Object.getPrototypeOf(Uint8Array.prototype),
];

function methodsOf(owner) {
  return Object.getOwnPropertyNames(owner)
    .map((name) => [owner, name, Object.getOwnPropertyDescriptor(owner, name)])
    .filter(([, name, { configurable, writable, value }]) => name !== 'constructor' && configurable && writable && typeof value === 'function');
}

test('every global is made whatever became of the builtins, and works when they are back', async () => {
  const globals = Object.getOwnPropertyNames(globalThis);
  const methods = OWNERS.flatMap(methodsOf);
  const { defineProperty } = Object;
  const failures = [];
  for (let i = 0; i < methods.length; i++) {
    defineProperty(methods[i][0], methods[i][1], { value() { throw new Error(`poisoned ${methods[i][1]}`); }, configurable: true, writable: true });
  }
  for (let i = 0; i < globals.length; i++) {
    try { void globalThis[globals[i]]; } catch (error) { failures[failures.length] = `${globals[i]}: ${error.message}`; }
  }
  for (let i = 0; i < methods.length; i++) defineProperty(methods[i][0], methods[i][1], methods[i][2]);
  assert_deep_equals(failures, []);

  assert_equals(new URLPattern({ pathname: '/:\u00e9t\u00e9(\\d+)' }).exec('https://b\u00fccher.de/12').pathname.groups['\u00e9t\u00e9'], '12');
  assert_equals(new TextDecoder('big5').decode(new Uint8Array([0xa7, 0x41])), '你');
  assert_equals(new DOMException('m', 'AbortError').code, 20);
  assert_equals(await new Response(new Blob(['text'])).text(), 'text');
  assert_deep_equals(structuredClone(new Map([[1, [2]]])), new Map([[1, [2]]]));
  assert_equals(btoa(atob('YWI=')), 'YWI=');
});
