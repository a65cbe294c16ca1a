// Names of counters, and where they are stored.

const PREFIX = 'counter:';
const MAX_STEP = 1_000_000;

exports.NAME = /^[\w-]{1,64}$/;
exports.key = (name) => `${PREFIX}${name}`;
exports.nameOf = (key) => key.slice(PREFIX.length);
exports.isStep = (value) => Number.isInteger(value) && Math.abs(value) <= MAX_STEP;
