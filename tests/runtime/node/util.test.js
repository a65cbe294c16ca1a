const util = require('util');

test('promisify turns callbacks into promises', async () => {
  const add = util.promisify((a, b, done) => done(null, a + b));
  assert_equals(await add(1, 2), 3);
  await assert_rejects(RangeError, util.promisify((done) => done(new RangeError('r')))());
  const own = () => {};
  own[util.promisify.custom] = async () => 'custom';
  assert_equals(await util.promisify(own)(), 'custom');
  assert_throws('ERR_INVALID_ARG_TYPE', () => util.promisify(5));
});

test('callbackify turns promises into callbacks', async () => {
  const call = (f) => new Promise((resolve) => util.callbackify(f)('x', (error, value) => resolve([error, value])));
  assert_deep_equals(await call(async (x) => x + '!'), [null, 'x!']);
  assert_equals((await call(async () => { throw null; }))[0].code, 'ERR_FALSY_VALUE_REJECTION');
});

test('inherits and _extend', () => {
  function Parent() {}
  function Child() {}
  util.inherits(Child, Parent);
  assert_true(new Child() instanceof Parent && Child.super_ === Parent);
  assert_deep_equals(util._extend({ a: 1 }, { b: 2 }), { a: 1, b: 2 });
  assert_throws('ERR_INVALID_ARG_TYPE', () => util.inherits(Child, null));
});

test('deprecate keeps what the function does', () => {
  const old = util.deprecate((a) => a + 1, 'use new()', 'DEP1');
  assert_deep_equals([old(1), old(2)], [2, 3]);
});

test('types see through prototypes and tags', () => {
  const { types } = util;
  assert_true(types.isMap(Object.setPrototypeOf(new Map(), null)));
  assert_false(types.isMap({ [Symbol.toStringTag]: 'Map' }));
  assert_false(types.isMap(Object.create(Map.prototype)));
  assert_true(types.isProxy(new Proxy({}, {})) && types.isPromise(Promise.resolve()) && types.isDate(new Date()) && types.isRegExp(/x/));
  assert_true(types.isNativeError(new TypeError()) && !types.isNativeError({ name: 'Error' }));
  assert_true(types.isAsyncFunction(async () => {}) && types.isGeneratorFunction(function* () {}) && types.isBoxedPrimitive(Object(1)));
  assert_true(types.isUint8Array(Buffer.alloc(1)) && types.isAnyArrayBuffer(new ArrayBuffer(1)) && types.isArgumentsObject((function () { return arguments; })()));
});

test('small things', () => {
  assert_equals(util.stripVTControlCharacters('\u001b[31mx\u001b[0m'), 'x');
  assert_equals(util.styleText('red', 'x', { validateStream: false }), '\u001b[31mx\u001b[39m');
  assert_equals(util.styleText('red', 'x'), 'x');
  assert_equals(util.toUSVString('a\ud800'), 'a\ufffd');
  assert_equals(util.getSystemErrorName(-2), 'ENOENT');
  assert_true(util.TextEncoder === TextEncoder && util.isArray === Array.isArray);
  assert_false(util.debuglog('x').enabled);
  assert_equals(util.getCallSites(1)[0].scriptName, '/app/node/util.test.js');
});

test('aborted() settles with its signal', async () => {
  const controller = new AbortController();
  const waiting = util.aborted(controller.signal, {});
  controller.abort();
  assert_equals(await waiting, undefined);
});
