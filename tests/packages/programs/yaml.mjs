import YAML from 'yaml';

export function run() {
  const document = YAML.parseDocument('# c\na: [1, 2] # t\nb: &x {q: 1}\nc: *x\n');
  document.set('z', 5);
  return [document.toString(), document.toJS(), YAML.stringify({ a: null, b: 'x: y' }), YAML.parseDocument('a: [').errors.map(({ code }) => code)];
}
