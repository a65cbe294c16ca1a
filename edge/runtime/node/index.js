// Node's modules: what there is, what is refused, and what is not there yet.  See ../node_modules.py, which has the same names.

// `import()` is synchronous here, and what nobody asks for costs nothing: see ../bootstrap/chunks.js.

/** Name -> a factory, called once per isolate. */
export const builtins = {
  __proto__: null,
  assert: () => import('./assert.js').default,
  'assert/strict': () => import('./assert.js').default.strict,
  async_hooks: () => import('./async_hooks.js').default,
  buffer: () => import('./buffer.js').default,
  console: () => import('./console.js').default,
  crypto: () => import('./crypto.js').default,
  diagnostics_channel: () => import('./diagnostics_channel.js').default,
  events: () => import('./events.js').default,
  fs: () => import('./fs.js').default,
  'fs/promises': () => import('./fs_promises.js').default,
  http: () => import('./http.js').default,
  module: () => import('./module.js').default,
  os: () => import('./os.js').default,
  path: () => import('./path.js').default,
  'path/posix': () => import('./path.js').default,
  'path/win32': () => import('./path.js').default.win32,
  perf_hooks: () => import('./perf_hooks.js').default,
  process: () => import('./process.js').default,
  punycode: () => import('./punycode.js').default,
  querystring: () => import('./querystring.js').default,
  stream: () => import('./stream.js').default,
  'stream/consumers': () => import('./stream_consumers.js').default,
  'stream/promises': () => import('./stream_promises.js').default,
  'stream/web': () => import('./stream_web.js').default,
  string_decoder: () => import('./string_decoder.js').default,
  sys: () => import('./util.js').default,
  timers: () => import('./timers.js').default,
  'timers/promises': () => import('./timers_promises.js').default,
  tty: () => import('./tty.js').default,
  url: () => import('./url.js').default,
  util: () => import('./util.js').default,
  'util/types': () => import('./util_types.js').default,
  zlib: () => import('./zlib.js').default,
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
  dns: LATER,
  'dns/promises': LATER,
  domain: LATER,
  http2: `${LATER}; use fetch`,
  https: `${LATER}; use fetch`,
  net: LATER,
  readline: LATER,
  'readline/promises': LATER,
  tls: LATER,
  vm: LATER,
};
