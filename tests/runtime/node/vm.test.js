// node:vm, in one realm.

const vm = require('vm');

test('a script gives the value of its last expression, and sees the globals of the function', () => {
  assert_equals(vm.runInThisContext('1 + 1; "two"'), 'two');
  vm.runInThisContext('var madeByVm = 5');
  assert_equals(globalThis.madeByVm, 5);
  delete globalThis.madeByVm;
  assert_throws(SyntaxError, () => new vm.Script('var = 5'));
  assert_throws(ReferenceError, () => vm.runInThisContext('nothingOfThisName'));
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

test('a context has the builtins of the language and not the function\'s own globals', () => {
  const run = (code) => vm.runInNewContext(code, {});
  assert_deep_equals(run('[typeof Array, typeof JSON, typeof process, typeof require, typeof fetch, typeof Buffer]'), ['function', 'object', 'undefined', 'undefined', 'undefined', 'undefined']);
  assert_equals(run('this.x = 1; globalThis.x + x'), 2);
  assert_deep_equals(run('({ "foo": ["bar"] })'), { foo: ['bar'] });
  assert_equals(run('eval("var inner = 3; inner")'), 3);
});

test('what code throws comes out, and wrong arguments are refused', () => {
  assert_throws(RangeError, () => vm.runInNewContext('throw new RangeError("x")'));
  assert_throws('ERR_INVALID_ARG_TYPE', () => vm.createContext(5));
  assert_throws('ERR_INVALID_ARG_TYPE', () => new vm.Script('1').runInContext({}));
  assert_throws('ERR_INVALID_ARG_TYPE', () => vm.compileFunction(5));
});

test('functions are compiled with parameters, and in a context', () => {
  assert_equals(vm.compileFunction('return a + b', ['a', 'b'])(1, 2), 3);
  assert_equals(vm.compileFunction('return a + c', ['a'], { parsingContext: vm.createContext({ c: 10 }) })(1), 11);
  assert_throws(SyntaxError, () => vm.compileFunction('return }'));
});
