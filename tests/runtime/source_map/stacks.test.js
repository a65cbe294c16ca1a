const boom = () => { throw new TypeError('boom'); };
const caught = (run) => { try { run(); } catch (error) { return error; } };

test('a stack begins with the error and has frames of the function alone', () => {
  const { stack } = caught(boom);
  const lines = stack.split('\n');
  assert_equals(lines[0], 'TypeError: boom');
  assert_equals(lines[1], '    at boom (/app/source_map/stacks.test.js:1:28)');
  assert_true(/^ {4}at caught \(\/app\/source_map\/stacks\.test\.js:2:33\)$/.test(lines[2]), lines[2]);
  assert_false(stack.includes('edge:runtime'), stack);
});

test('functions without a name are shown by their place', () => {
  const { stack } = caught(() => (() => { throw new Error('x'); })());
  assert_true(/^ {4}at \/app\/source_map\/stacks\.test\.js:\d+:\d+$/m.test(stack), stack);
  assert_false(stack.includes('eval'), stack);
});

test('builtins between frames of the function stay', () => {
  const { stack } = caught(() => [1].map(boom));
  assert_true(stack.includes('at Array.map (<anonymous>)'), stack);
});

test('async frames are there', async () => {
  const inner = async () => { await null; throw new Error('x'); };
  const outer = async () => { await inner(); };
  const error = await outer().catch((thrown) => thrown);
  assert_true(/at inner \(.*\n {4}at async outer \(/.test(error.stack), error.stack);
});

test('captureStackTrace leaves out what it is told to, and stackTraceLimit holds', () => {
  function make() { const at = {}; Error.captureStackTrace(at, make); return at.stack; }
  function caller() { return make(); }
  assert_true(caller().split('\n')[1].includes('at caller ('), caller());
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  assert_equals(caught(boom).stack.split('\n').length, 2);
  Error.stackTraceLimit = before;
});

test('an error whose name or message throws has a stack all the same', () => {
  const error = new Error('x');
  Object.defineProperty(error, 'message', { get() { throw new Error('no'); } });
  assert_true(error.stack.startsWith('Error\n    at '), error.stack);
});

test('a script may format stacks itself, and give that back', () => {
  const ours = Error.prepareStackTrace;
  assert_equals(typeof ours, 'function');
  Error.prepareStackTrace = (error, sites) => sites;
  const [site] = caught(boom).stack;
  assert_equals(site.getFunctionName(), 'boom');
  Error.prepareStackTrace = ours;
  assert_true(caught(boom).stack.startsWith('TypeError: boom\n'));
  Error.prepareStackTrace = undefined;
  assert_true(caught(boom).stack.startsWith('TypeError: boom\n'));
  Error.prepareStackTrace = ours;
});

test('poisoned call sites and builtins cannot break a stack', () => {
  const ours = Error.prepareStackTrace;
  Error.prepareStackTrace = (_, sites) => sites;
  const prototype = Object.getPrototypeOf(new Error().stack[0]);
  Error.prepareStackTrace = ours;
  const saved = Object.getOwnPropertyDescriptors(prototype);
  const { exec } = RegExp.prototype;
  for (const name of ['toString', 'getLineNumber', 'getScriptNameOrSourceURL']) prototype[name] = () => { throw new Error('poisoned'); };
  RegExp.prototype.exec = () => { throw new Error('poisoned'); };
  const { stack } = caught(boom);
  RegExp.prototype.exec = exec;
  Object.defineProperties(prototype, saved);
  assert_true(stack.includes('at boom (/app/source_map/stacks.test.js:1:28)'), stack);
});

test('an overflow of the stack has a stack', () => {
  const dive = () => dive();
  const error = caught(dive);
  assert_true(error.stack.startsWith('RangeError: Maximum call stack size exceeded\n    at dive ('), error.stack);
});
