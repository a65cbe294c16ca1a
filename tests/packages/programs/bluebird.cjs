const Promise = require('bluebird');

exports.run = async () => {
  const late = await Promise.delay(500).timeout(5).catch(Promise.TimeoutError, (error) => error.name);
  const files = Promise.promisifyAll({ read(name, done) { setTimeout(() => done(null, `${name}!`), 1); } });
  return [
    await Promise.map([1, 2, 3], (n) => Promise.delay(2).then(() => n * 2), { concurrency: 2 }), late, await files.readAsync('a'),
    await Promise.props({ a: 1, b: Promise.resolve(2) }), await Promise.reduce([1, 2, 3], (a, b) => a + b, 0),
  ];
};
