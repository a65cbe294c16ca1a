// Node's modules that there are.  What there is of each, and why the others are not, is in support.json, which has the same names.

// `import()` is synchronous here, and what nobody asks for costs nothing: see ../bootstrap/chunks.js.

/** Name -> a factory, called once per isolate. */
export const builtins = {
  __proto__: null,
  assert: () => import('./assert.js').default,
  'assert/strict': () => import('./assert.js').default.strict,
  async_hooks: () => import('./async_hooks.js').default,
  buffer: () => import('./buffer.js').default,
  console: () => import('./console.js').default,
  constants: () => import('./constants.js').default,
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
  // Not of Node, but of npm, where it is for clients of sockets that a function does not have.
  ws: () => import('./ws.js').default,
  zlib: () => import('./zlib.js').default,
};
