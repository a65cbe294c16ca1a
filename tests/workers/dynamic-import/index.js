// import() in a CommonJS module, of every kind of module.

const results = {};

module.exports = {
  async fetch() {
    results.esm = await import('./module.mjs');
    results.cjs = await import('./common.cjs');
    results.json = await import('./data.json', { with: { type: 'json' } });
    results.builtin = typeof (await import('node:path')).join + typeof (await import('path')).default.join;
    results.same = (await import('./common.cjs')) === results.cjs;
    const name = 'common';
    results.computed = (await import(`./${name}.cjs`)).default.b;
    results.missing = await import('./nothing.mjs').catch((error) => error.code);
    try {
      require('./waits.mjs');
    } catch (error) {
      results.required = error.code;
    }
    results.waits = (await import('./waits.mjs')).waited;
    results.requiredThen = require('./waits.mjs').waited;
    return Response.json(results);
  },
};
