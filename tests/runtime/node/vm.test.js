// node:vm, on contexts of V8.

const vm = require('vm');

test('a script gives the value of its last expression, and sees the globals of the function', () => {
  assert_equals(vm.runInThisContext('1 + 1; "two"'), 'two');
  vm.runInThisContext('var madeByVm = 5');
  assert_equals(globalThis.madeByVm, 5);
  vm.runInThisContext('let keptByVm = 6');
  assert_equals(vm.runInThisContext('keptByVm + madeByVm'), 11);
  assert_throws(SyntaxError, () => new vm.Script('var = 5'));
  assert_throws(ReferenceError, () => vm.runInThisContext('nothingOfThisName'));
  const x = 10;
  assert_throws(ReferenceError, () => vm.runInThisContext('x + 1'));
  void x;
});

test('in a context, names are properties of its object, and stay there', () => {
  const sandbox = { count: 2, list: [] };
  assert_equals(vm.runInNewContext('count += 40; list.push(count); made = count * 2; count', sandbox), 42);
  assert_deep_equals(sandbox, { count: 42, list: [42], made: 84 });
  assert_equals(globalThis.made, undefined);
  const context = vm.createContext({ n: 1 });
  const script = new vm.Script('var m = ++n; function twice(x) { return x * 2 } twice(m)');
  assert_deep_equals([script.runInContext(context), script.runInContext(context)], [4, 6]);
  assert_deep_equals([context.m, context.n, context.twice(4), vm.isContext(context), vm.isContext({})], [3, 3, 8, true, false]);
});

test('what seed 003 shows of contexts', () => {
  const animal = vm.createContext({ animal: 'cat', count: 2 });
  vm.runInContext('result = animal + "s: " + count', animal);
  assert_equals(animal.result, 'cats: 2');
  const script = new vm.Script('result = Math.pow(base, exponent);');
  const one = vm.createContext({ base: 2, exponent: 3 });
  const two = vm.createContext({ base: 5, exponent: 2 });
  script.runInContext(one);
  script.runInContext(two);
  assert_deep_equals([one.result, two.result], [8, 25]);
  const shared = { data: new Proxy({ secret: 'hidden', public: 'visible' }, { get(target, name) { if (name === 'secret') throw new Error('Access denied'); return target[name]; } }) };
  assert_equals(vm.runInNewContext('data.public', shared), 'visible');
  assert_throws(Error, () => vm.runInNewContext('data.secret', shared));
  assert_throws('ReferenceError', () => vm.runInNewContext('require("fs")', {}));
});

test('names come and go on both sides, also between scripts', () => {
  const object = { a: 1 };
  vm.createContext(object);
  vm.runInContext('delete globalThis.a; b = 2; var c = 3; const d = 4', object);
  assert_deep_equals(object, { b: 2, c: 3 });
  assert_equals(vm.runInContext('d', object), 4);
  object.b = 20;
  object.c = 30;
  object.e = 50;
  assert_deep_equals(vm.runInContext('[b, c, e, typeof a]', object).join(), '20,30,50,undefined');
  delete object.b;
  assert_equals(vm.runInContext('typeof b', object), 'undefined');
  const get = vm.runInContext('() => later', object);
  assert_throws('ReferenceError', () => get());
  object.later = 'here';
  assert_equals(get(), 'here');
  vm.runInContext('() => { fresh = 6; }', object)();
  assert_equals(object.fresh, 6);
});

test('getters, setters and classes of the object are used', () => {
  let stored = 1;
  const object = { get value() { return stored; }, set value(next) { stored = next * 2; } };
  assert_equals(vm.runInNewContext('value = 5; value', object), 10);
  class Base { inherited() { return 'base'; } }
  assert_equals(vm.runInNewContext('inherited()', new Base()), 'base');
  const frozen = Object.freeze({ fixed: 1 });
  assert_equals(vm.runInNewContext('fixed = 2; fixed', frozen), 1);
});

test('a context has builtins of its own, and not the function\'s own globals', () => {
  const run = (code, object = {}) => vm.runInNewContext(code, object);
  assert_equals(run('[typeof Array, typeof JSON, typeof process, typeof require, typeof fetch, typeof Buffer, typeof kv, typeof __edge].join()'), 'function,object,undefined,undefined,undefined,undefined,undefined,undefined');
  assert_equals(run('this.x = 1; globalThis.x + x'), 2);
  assert_equals(run('eval("var inner = 3; inner")'), 3);
  assert_equals(run('[]') instanceof Array, false);
  assert_true(Array.isArray(run('[]')));
  run('Array.prototype.polluted = 1; Object.prototype.hacked = true; Math.max = 5');
  assert_deep_equals([[].polluted, {}.hacked, typeof Math.max], [undefined, undefined, 'function']);
  assert_equals(run('Math.seven = 7; Math.seven + Math.max(1, 2)'), 9);
  assert_equals(run('Math.x', { Math: { x: 1 } }), 1);
  assert_equals(run('[typeof Math.random(), Date.now() > 1e12, new Date(0).getUTCFullYear()].join()'), 'number,true,1970');
});

test('a sandbox of plain values leads nowhere; one with objects leads to the function, as in Node', () => {
  const reach = "this.constructor.constructor('return typeof process')()";
  assert_equals(vm.runInNewContext(reach, {}), 'undefined');
  assert_equals(vm.runInNewContext(reach, { a: 1, b: 'x' }), 'undefined');
  assert_equals(vm.runInNewContext(reach, Object.create(null)), 'undefined');
  assert_equals(vm.runInNewContext('Object.getOwnPropertyDescriptor(globalThis, "a").get?.constructor("return typeof process")() ?? "undefined"', { a: 1 }), 'undefined');
  assert_equals(vm.runInNewContext("list.constructor.constructor('return typeof process')()", { list: [] }), 'object');
});

test('what code throws comes out as it is, and wrong arguments are refused', () => {
  const thrown = {};
  try {
    vm.runInNewContext('throw thrown', { thrown });
    assert_true(false);
  } catch (error) {
    assert_true(error === thrown);
  }
  assert_throws('RangeError', () => vm.runInNewContext('throw new RangeError("x")'));
  assert_throws('ERR_INVALID_ARG_TYPE', () => vm.createContext(5));
  assert_throws('ERR_INVALID_ARG_TYPE', () => new vm.Script('1').runInContext({}));
  assert_throws('ERR_INVALID_ARG_TYPE', () => vm.compileFunction(5));
  assert_throws('ERR_INVALID_ARG_TYPE', () => new vm.Script('1', { cachedData: 'x' }));
  assert_throws('ERR_OUT_OF_RANGE', () => vm.runInThisContext('1', { timeout: 0 }));
});

test('errors have file, line and column', () => {
  try {
    vm.runInNewContext('\n  throw new Error("here")', {}, { filename: 'my-script.js', lineOffset: 10, columnOffset: 5 });
    assert_true(false);
  } catch (error) {
    assert_true(/at my-script\.js:12:9/.test(error.stack), error.stack);
  }
  try {
    new vm.Script('let a = 1;\nlet = 5 5', { filename: 'bad.js' });
    assert_true(false);
  } catch (error) {
    assert_true(error instanceof SyntaxError && error.stack.startsWith('bad.js:2:9\nSyntaxError: Unexpected number'), error.stack);
  }
});

test('a timeout ends the script and not the function', () => {
  const object = { n: 0 };
  assert_throws('ERR_SCRIPT_EXECUTION_TIMEOUT', () => vm.runInNewContext('n = 1; while (true) {}', object, { timeout: 20 }));
  assert_equals(object.n, 1);
  assert_throws('ERR_SCRIPT_EXECUTION_TIMEOUT', () => vm.runInThisContext('for (;;) {}', { timeout: 20 }));
  const nested = { vm };
  assert_throws('ERR_SCRIPT_EXECUTION_TIMEOUT', () => vm.runInNewContext('vm.runInNewContext("for (;;) {}", {}, { timeout: 5000 })', nested, { timeout: 20 }));
  assert_equals(vm.runInNewContext('1', {}, { timeout: 1000 }), 1);
});

test('code caches are accepted in the process that made them, unchanged', () => {
  const source = 'function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) } fib(10)';
  const script = new vm.Script(source);
  script.runInThisContext();
  const cachedData = script.createCachedData();
  assert_true(Buffer.isBuffer(cachedData));
  const again = new vm.Script(source, { cachedData });
  assert_deep_equals([again.cachedDataRejected, again.runInNewContext()], [false, 55]);
  const other = Buffer.from(cachedData);
  other[other.length - 3] ^= 1;
  const rejected = new vm.Script(source, { cachedData: other });
  assert_deep_equals([rejected.cachedDataRejected, rejected.runInNewContext()], [true, 55]);
  assert_equals(new vm.Script(`${source} `, { cachedData }).cachedDataRejected, true);
  assert_equals(new vm.Script('1', { cachedData: Buffer.alloc(0) }).cachedDataRejected, true);
  assert_equals(new vm.Script(source, { produceCachedData: true }).cachedDataProduced, true);
});

test('functions are compiled with parameters, and in a context', () => {
  assert_equals(vm.compileFunction('return a + b', ['a', 'b'])(1, 2), 3);
  assert_equals(vm.compileFunction('return a + c', ['a'], { parsingContext: vm.createContext({ c: 10 }) })(1), 11);
  assert_equals(vm.compileFunction('return x + y', [], { contextExtensions: [{ x: 1 }, { y: 2 }] })(), 3);
  assert_throws(SyntaxError, () => vm.compileFunction('return }'));
  assert_throws(SyntaxError, () => vm.compileFunction('}); globalThis.injected = 1; (function () {'));
  assert_equals(globalThis.injected, undefined);
});

test('contexts may forbid code of text, and be ordinary', () => {
  const strict = vm.createContext({}, { codeGeneration: { strings: false, wasm: false } });
  assert_throws('EvalError', () => vm.runInContext('eval("1")', strict));
  assert_throws('EvalError', () => vm.runInContext('new Function("return 1")', strict));
  assert_equals(vm.runInContext('typeof WebAssembly', strict), 'undefined');
  const bare = vm.createContext(vm.constants.DONT_CONTEXTIFY);
  assert_equals(vm.runInContext('a = 1; globalThis', bare), bare);
  assert_deep_equals([bare.a, vm.isContext(bare)], [1, true]);
  assert_throws('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', () => vm.createContext({}, { microtaskMode: 'afterEvaluate' }));
});

test('promises and microtasks of contexts are those of the function', async () => {
  const object = { seen: [] };
  await vm.runInNewContext('Promise.resolve(1).then((n) => { seen.push(n); return new Promise((done) => done()); })', object);
  assert_deep_equals(object.seen, [1]);
  const error = await vm.runInNewContext('Promise.reject(new TypeError("x"))', {}).catch((reason) => reason);
  assert_equals(error.name, 'TypeError');
});

test('many scripts and contexts come and go', () => {
  for (let i = 0; i < 300; i++) assert_equals(vm.runInNewContext('n + 1', { n: i }), i + 1);
  for (let i = 0; i < 2000; i++) vm.runInThisContext('1');
  const deep = (n) => (n === 0 ? 'end' : vm.runInNewContext('deep(n - 1)', { deep, n }));
  assert_equals(deep(10), 'end');
  assert_throws('RangeError', () => deep(1000));
  assert_equals(vm.runInThisContext('2'), 2);
});
