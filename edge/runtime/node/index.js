// Node's modules: what there is, what is refused, and what is not there yet.  See ../node_modules.py, which has the same names.

/* global require */
// esbuild runs a required module when it is required first: what nobody asks for costs nothing.

/** Name -> a factory, called once per isolate. */
export const builtins = {
  __proto__: null,
  assert: () => require('./assert.js').default,
  'assert/strict': () => require('./assert.js').default.strict,
  buffer: () => require('./buffer.js').default,
  console: () => require('./console.js').default,
  crypto: () => require('./crypto.js').default,
  events: () => require('./events.js').default,
  path: () => require('./path.js').default,
  'path/posix': () => require('./path.js').default,
  process: () => require('./process.js').default,
  punycode: () => require('./punycode.js').default,
  querystring: () => require('./querystring.js').default,
  string_decoder: () => require('./string_decoder.js').default,
  timers: () => require('./timers.js').default,
  'timers/promises': () => require('./timers_promises.js').default,
  url: () => require('./url.js').default,
  util: () => require('./util.js').default,
  'util/types': () => require('./util_types.js').default,
};

const NO_PROCESSES = 'a function cannot start processes or threads; call another function or a service instead';
const NO_ENGINE = 'a function has no access to the engine that runs it';
const LATER = 'it is not available in this version of edge';

/** Name -> why it is refused for good. */
export const refused = {
  __proto__: null,
  child_process: NO_PROCESSES,
  cluster: NO_PROCESSES,
  worker_threads: NO_PROCESSES,
  dgram: 'a function has no UDP sockets; use fetch',
  inspector: NO_ENGINE,
  'inspector/promises': NO_ENGINE,
  repl: NO_ENGINE,
  trace_events: NO_ENGINE,
  v8: NO_ENGINE,
  wasi: NO_ENGINE,
};

/** Name -> why it is not there. */
export const absent = {
  __proto__: null,
  async_hooks: LATER,
  diagnostics_channel: LATER,
  dns: LATER,
  'dns/promises': LATER,
  domain: LATER,
  fs: LATER,
  'fs/promises': LATER,
  http: `${LATER}; use fetch`,
  http2: `${LATER}; use fetch`,
  https: `${LATER}; use fetch`,
  module: LATER,
  net: LATER,
  os: LATER,
  'path/win32': LATER,
  perf_hooks: `${LATER}; use the global performance`,
  readline: LATER,
  'readline/promises': LATER,
  stream: `${LATER}; use the web streams`,
  'stream/consumers': LATER,
  'stream/promises': LATER,
  'stream/web': `${LATER}; the web streams are global`,
  sys: LATER,
  tls: LATER,
  tty: LATER,
  vm: LATER,
  zlib: LATER,
};
