// util.parseArgs, util.MIMEType, util.diff and what else is small.

const util = require('util');

test('arguments are parsed: long, short, groups, values in both ways, several, negated ones, defaults', () => {
  const options = {
    verbose: { type: 'boolean', short: 'v' }, quiet: { type: 'boolean', short: 'q' }, out: { type: 'string', short: 'o' }, tag: { type: 'string', multiple: true, default: ['none'] },
    color: { type: 'boolean', default: true },
  };
  const parse = (args, more) => util.parseArgs({ args, options, ...more });
  const { values, positionals } = parse(['-vq', '-ofile', '--tag', 'a', '--tag=b', 'rest', '--', '--out'], { allowPositionals: true });
  assert_deep_equals({ ...values }, { verbose: true, quiet: true, out: 'file', tag: ['a', 'b'], color: true });
  assert_deep_equals(positionals, ['rest', '--out']);
  assert_deep_equals({ ...parse(['--no-color', '-vo', 'x'], { allowNegative: true }).values }, { color: false, verbose: true, out: 'x', tag: ['none'] });
  assert_deep_equals(parse(['--out=', '-v'], { tokens: true }).tokens.map((one) => [one.kind, one.name, one.rawName, one.index, one.value, one.inlineValue]), [
    ['option', 'out', '--out', 0, '', true], ['option', 'verbose', '-v', 1, undefined, undefined],
  ]);
  assert_deep_equals({ ...util.parseArgs({ args: ['--any=1', '-x', 'y'], strict: false }).values }, { any: '1', x: true });
});

test('what is wrong with arguments is told by Node\'s codes', () => {
  const options = { out: { type: 'string', short: 'o' }, on: { type: 'boolean' } };
  const parse = (...args) => () => util.parseArgs({ args, options });
  assert_throws('ERR_PARSE_ARGS_UNKNOWN_OPTION', parse('--nope'));
  assert_throws('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', parse('--out'));
  assert_throws('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', parse('--on=1'));
  assert_throws('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', parse('-o', '--on'));
  assert_throws('ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL', parse('word'));
  assert_throws('ERR_INVALID_ARG_TYPE', () => util.parseArgs({ options: { a: { type: 'number' } } }));
  assert_throws('ERR_INVALID_ARG_VALUE', () => util.parseArgs({ options: { a: { type: 'string', short: 'ab' } } }));
  assert_equals(Object.getPrototypeOf(util.parseArgs({ args: ['--__proto__=1'], strict: false }).values), null);
});

test('MIME types are read, changed and written', () => {
  const mime = new util.MIMEType(' Text/HTML ;Charset="utf-\\"8";x=1;x=2;bad name=3 ');
  assert_deep_equals([mime.type, mime.subtype, mime.essence, String(mime)], ['text', 'html', 'text/html', 'text/html;charset="utf-\\"8";x=1']);
  mime.subtype = 'plain';
  mime.params.set('q', 'a b');
  mime.params.delete('charset');
  assert_equals(JSON.stringify(mime), '"text/plain;x=1;q=\\"a b\\""');
  assert_deep_equals([...mime.params], [['x', '1'], ['q', 'a b']]);
  for (const text of ['', 'text', 'text/', '/html', 'te xt/html']) assert_throws('ERR_INVALID_MIME_SYNTAX', () => new util.MIMEType(text));
  assert_throws('ERR_INVALID_MIME_SYNTAX', () => mime.params.set('a b', 'c'));
  assert_deep_equals([mime.params.get('none'), mime.params.has('x')], [null, true]);
});

test('differences of texts and lists, and names of errors', () => {
  assert_deep_equals(util.diff('abc', 'abd'), [[0, 'a'], [0, 'b'], [-1, 'd'], [1, 'c']]);
  assert_deep_equals(util.diff(['x'], ['x']), []);
  assert_throws('ERR_INVALID_ARG_TYPE', () => util.diff(1, 'a'));
  assert_throws('ERR_OUT_OF_RANGE', () => util.diff('a'.repeat(9000), 'b'.repeat(9000)));
  assert_equals(util.getSystemErrorMessage(-2), 'no such file or directory');
});
