const pino = require('pino');

exports.run = () => {
  const lines = [];
  const log = pino({ timestamp: false, base: null, redact: ['password'], serializers: { err: ({ message }) => message } }, { write: (line) => lines.push(line) });
  log.info({ a: 1, password: 'x' }, 'hello %d', 5);
  log.child({ module: 'm' }).error(new Error('bad'));
  log.debug('no');
  return [lines, log.isLevelEnabled('debug')];
};
