// Groups of globals that come into being when one of their names is read first.  Every object in a snapshot costs each
// invocation time, so the runtime's own snapshot holds none of these; a package's holds the groups that its source mentions.

/* global require */
// esbuild runs a required module when it is required first.

export const LAZY_GROUPS = [
  { names: ['AbortController', 'AbortSignal'], load: () => require('../abort/index.js').globals },
  { names: ['atob', 'btoa'], load: () => require('../base64/index.js').globals },
  { names: ['Blob', 'File'], load: () => require('../blob/index.js').globals },
  { names: ['console'], load: () => require('../console/index.js').globals },
  { names: ['Crypto', 'CryptoKey', 'SubtleCrypto', 'crypto'], load: () => require('../crypto/index.js').globals },
  { names: ['TextDecoder', 'TextDecoderStream', 'TextEncoder', 'TextEncoderStream'], load: () => require('../encoding/index.js').globals },
  { names: ['CustomEvent', 'DOMException', 'Event', 'EventTarget', 'queueMicrotask'], load: () => require('../events/index.js').globals },
  { names: ['Headers', 'Request', 'Response', 'fetch'], load: () => require('../fetch/index.js').globals },
  { names: ['FormData'], load: () => require('../formdata/index.js').globals },
  { names: ['kv'], load: () => require('../kv/index.js').globals },
  { names: ['Performance', 'performance'], load: () => require('../performance/index.js').globals },
  { names: ['Router'], load: () => ({ __proto__: null, Router: require('../contracts/express/router.js').Router }) },
  {
    names: [
      'ByteLengthQueuingStrategy', 'CountQueuingStrategy', 'ReadableByteStreamController', 'ReadableStream', 'ReadableStreamBYOBReader',
      'ReadableStreamBYOBRequest', 'ReadableStreamDefaultController', 'ReadableStreamDefaultReader', 'TransformStream',
      'TransformStreamDefaultController', 'WritableStream', 'WritableStreamDefaultController', 'WritableStreamDefaultWriter',
    ],
    load: () => require('../streams/index.js').globals,
  },
  { names: ['structuredClone'], load: () => require('../structured_clone/index.js').globals },
  { names: ['URL', 'URLSearchParams'], load: () => require('../url/index.js').globals },
];

/** The ways to call a function, by name. */
export const CONTRACTS = {
  __proto__: null,
  express: () => require('../contracts/express.js'),
  web: () => require('../contracts/web.js'),
  event: () => require('../contracts/event.js'),
};

/** Paths that nearly every invocation of a contract takes, run once while a snapshot is built: V8 keeps what it compiled for them. */
export const WARM_UPS = {
  __proto__: null,
  express: () => require('../contracts/express_warm_up.js').warmUpExpress(),
  web: () => require('../contracts/web_warm_up.js').warmUpWeb(),
  event: () => {},
};
