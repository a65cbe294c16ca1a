test('names that objects have are names of groups like any other', () => {
  const { groups } = new URLPattern({ pathname: '/:__proto__/:constructor/:toString' }).exec({ pathname: '/a/b/c' }).pathname;
  assert_deep_equals(Object.keys(groups), ['__proto__', 'constructor', 'toString']);
  assert_equals(Object.getPrototypeOf(groups), Object.prototype);
});

test('members are read once, in their order, and getters may throw', () => {
  const read = [];
  const init = new Proxy({ pathname: '/a', hash: 'h' }, { get: (target, name) => { read.push(name); return target[name]; } });
  new URLPattern(init);
  assert_deep_equals(read, ['baseURL', 'hash', 'hostname', 'password', 'pathname', 'port', 'protocol', 'search', 'username']);
  assert_throws('Error', () => new URLPattern({ get search() { throw new Error('no'); } }));
  assert_throws('Error', () => new URLPattern().test({ pathname: { toString() { throw new Error('no'); } } }));
});

test('what is put on prototypes changes nothing', () => {
  Object.prototype.username = 'poison';
  Object.prototype.baseURL = 'https://poison.example';
  RegExp.prototype.exec = () => { throw new Error('poison'); };
  Array.prototype.push = () => { throw new Error('poison'); };
  Object.defineProperty(Object.prototype, '0', { set() { throw new Error('poison'); }, configurable: true });
  try {
    const found = new URLPattern('https://a.example/:x(\\d+)/*').exec('https://a.example/12/z');
    if (found.pathname.groups.x !== '12' || found.pathname.groups[0] !== 'z' || found.hostname.input !== 'a.example') throw new Error('wrong');
  } finally {
    delete Object.prototype[0];
    delete Object.prototype.username;
    delete Object.prototype.baseURL;
  }
});

test('long patterns and inputs take time in proportion', () => {
  const pathname = `/${'a'.repeat(50_000)}`;
  assert_true(new URLPattern({ pathname }).test({ pathname }));
  const groups = Array.from({ length: 2000 }, (_, i) => `/:g${i}`).join('');
  const values = Array.from({ length: 2000 }, (_, i) => `/${i}`).join('');
  assert_equals(new URLPattern({ pathname: groups }).exec({ pathname: values }).pathname.groups.g1999, '1999');
  assert_throws(TypeError, () => new URLPattern({ pathname: '{'.repeat(50_000) }));
  assert_throws(TypeError, () => new URLPattern('('.repeat(20_000), 'https://a'));
});
