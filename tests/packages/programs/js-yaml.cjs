const yaml = require('js-yaml');

exports.run = () => {
  let failure;
  try {
    yaml.load('a: b: c');
  } catch (error) {
    failure = error.message;
  }
  return [yaml.load('d: 2020-01-01\nl:\n - x\n - {y: 1}\n'), yaml.dump({ a: [1, { b: 'multi\nline' }], d: new Date(0) }), failure];
};
