test('children are read depth first, in the order of their keys', () => {
  const seen = [];
  const noting = (name, inner) => Object.defineProperty({ ...inner }, 'x', { enumerable: true, get() { seen.push(name); return name; } });
  structuredClone({ a: { b: noting('a.b'), c: noting('a.c') }, d: noting('d'), 1: [noting('1.0'), new Map([[noting('key'), noting('value')]])] });
  assert_deep_equals(seen, ['1.0', 'key', 'value', 'a.b', 'a.c', 'd']);
});

test('what a getter removes or adds meanwhile', () => {
  const value = { get first() { delete this.second; this.third = 3; return 1; }, second: 2, fourth: 4 };
  assert_deep_equals(structuredClone(value), { first: 1, fourth: 4 });
  const map = new Map();
  map.set({ get a() { map.set('late', 1); return 1; } }, 1);
  assert_equals(structuredClone(map).size, 1);
});

test('an error of a getter goes through as it is', () => {
  const thrown = {};
  try {
    structuredClone({ get a() { throw thrown; } });
    assert_true(false);
  } catch (error) {
    assert_true(error === thrown);
  }
});

test('a class string that is a getter is not read', () => {
  class Tagged { get [Symbol.toStringTag]() { throw new Error('was read'); } }
  assert_deep_equals(structuredClone(Object.assign(new Tagged(), { a: 1 })), { a: 1 });
});

test('keys that objects inherit', () => {
  const copy = structuredClone(JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}'));
  assert_deep_equals(Object.keys(copy), ['__proto__', 'constructor', 'toString']);
  Object.defineProperty(Object.prototype, 'trap', { set() { throw new Error('was called'); }, configurable: true });
  Object.defineProperty(Array.prototype, '0', { set() { throw new Error('was called'); }, configurable: true });
  try {
    const { trap } = structuredClone({ trap: [5] });
    assert_equals(trap[0], 5);
  } finally {
    delete Object.prototype.trap;
    delete Array.prototype[0];
  }
});
