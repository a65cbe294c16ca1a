// Groups of globals that come into being when one of their names is read first.  Every object in a snapshot costs each
// invocation time, so the runtime's own snapshot holds none of these; a package's holds the groups that its source mentions.

// `import()` is synchronous here: see chunks.js.  `names` are those of the group.  A snapshot holds it when a source mentions one
// of them, or one of `also`; or, in the web contract, when it says `.name` of one in `web`: to load it later costs more time
// than a snapshot with it.  `warmUp` runs what should be compiled in such a snapshot.

export const LAZY_GROUPS = [
  { names: ['AbortController', 'AbortSignal'], load: () => import('../abort/index.js').globals },
  { names: ['awslambda'], load: () => import('../contracts/event/awslambda.js').globals },
  { names: ['Cache', 'CacheStorage', 'caches'], load: () => import('../cache/index.js').globals },
  { names: ['atob', 'btoa'], load: () => import('../base64/index.js').globals },
  { names: ['Blob', 'File'], web: ['blob'], load: () => import('../blob/index.js').globals },
  {
    names: ['console'],
    load: () => import('../console/index.js').globals,
    warmUp: ({ console }) => {
      console.log('text %s', 'value', { name: 'value', list: [1, 'two'], none: null });
      import('./logs.js').emitLog({ __proto__: null, id: 0, over: false, logTally: null }, 'info', '');
    },
  },
  { names: ['Crypto', 'crypto'], load: () => import('../crypto/index.js').globals },
  { names: ['CryptoKey', 'SubtleCrypto'], also: ['subtle'], load: () => import('../crypto/keys.js').globals },
  { names: ['TextDecoder', 'TextDecoderStream', 'TextEncoder', 'TextEncoderStream'], load: () => import('../encoding/index.js').globals },
  { names: ['CustomEvent', 'DOMException', 'Event', 'EventTarget', 'queueMicrotask'], load: () => import('../events/index.js').globals },
  { names: ['ErrorEvent'], load: () => import('../events/error_event.js').globals },
  { names: ['MessageEvent'], load: () => import('../events/message_event.js').globals },
  { names: ['BroadcastChannel', 'MessageChannel', 'MessagePort'], load: () => import('../messaging/index.js').globals },
  { names: ['FileReader'], load: () => import('../blob/file_reader.js').globals },
  { names: ['ProgressEvent'], load: () => import('../events/progress_event.js').globals },
  { names: ['PromiseRejectionEvent'], load: () => import('../events/promise_rejection_event.js').globals },
  { names: ['QuotaExceededError'], load: () => import('../events/quota_exceeded_error.js').globals },
  { names: ['addEventListener', 'dispatchEvent', 'removeEventListener', 'reportError'], load: () => import('../events/global_scope.js').globals },
  { names: ['Headers', 'Request', 'Response', 'fetch'], load: () => import('../fetch/index.js').globals },
  { names: ['CompressionStream', 'DecompressionStream'], load: () => import('../compression/index.js').globals },
  { names: ['FormData'], web: ['formData'], load: () => import('../formdata/index.js').globals },
  {
    names: ['kv'],
    also: ['KV'],
    load: () => import('../kv/index.js').globals,
    warmUp: ({ kv }) => import('../kv/warm_up.js').warmUpKV(kv),
  },
  { names: ['Navigator', 'navigator'], load: () => import('../navigator/index.js').globals },
  { names: ['Performance', 'performance'], load: () => import('../performance/index.js').globals },
  {
    names: ['PerformanceEntry', 'PerformanceMark', 'PerformanceMeasure', 'PerformanceObserver', 'PerformanceObserverEntryList'],
    load: () => import('../performance/interfaces.js').globals,
  },
  { names: ['RealtimeNamespace'], load: () => import('../realtime/namespace.js').globals },
  { names: ['Router'], load: () => ({ __proto__: null, Router: import('../contracts/express/router.js').Router }) },
  {
    names: [
      'ByteLengthQueuingStrategy', 'CountQueuingStrategy', 'ReadableByteStreamController', 'ReadableStream', 'ReadableStreamBYOBReader',
      'ReadableStreamBYOBRequest', 'ReadableStreamDefaultController', 'ReadableStreamDefaultReader', 'TransformStream',
      'TransformStreamDefaultController', 'WritableStream', 'WritableStreamDefaultController', 'WritableStreamDefaultWriter',
    ],
    also: ['CompressionStream', 'DecompressionStream', 'FixedLengthStream', 'IdentityTransformStream', 'TextDecoderStream', 'TextEncoderStream'],
    web: ['body', 'getReader', 'pipeThrough', 'pipeTo', 'stream'],
    load: () => import('../streams/globals.js').globals,
    warmUp: (globals) => import('../streams/warm_up.js').warmUpStreams(globals, import('../streams/own.js')),
  },
  { names: ['structuredClone'], load: () => import('../structured_clone/index.js').globals },
  { names: ['ExtendableEvent', 'FetchEvent', 'ScheduledEvent'], load: () => import('../service_worker/index.js').globals },
  { names: ['URL', 'URLSearchParams'], load: () => import('../url/index.js').globals },
  { names: ['FixedLengthStream', 'IdentityTransformStream', 'scheduler'], load: () => import('../workers/index.js').globals },
  { names: ['EventSource'], load: () => import('../eventsource/index.js').globals },
  { names: ['CloseEvent', 'WebSocket', 'WebSocketPair'], load: () => import('../websocket/index.js').globals },
  { names: ['URLPattern'], load: () => import('../urlpattern/index.js').globals },
];

/** Types of events for which the global object has a handler attribute. */
export const GLOBAL_HANDLERS = ['error', 'rejectionhandled', 'unhandledrejection'];

export const globalScope = () => import('../events/global_scope.js');

/** The ways to call a function, by name. */
export const CONTRACTS = {
  __proto__: null,
  express: () => import('../contracts/express.js'),
  web: () => import('../contracts/web.js'),
  event: () => import('../contracts/event.js'),
};

/** Paths that nearly every invocation of a contract takes, run once while a snapshot is built: V8 keeps what it compiled for them. */
export const WARM_UPS = {
  __proto__: null,
  express: () => import('../contracts/express_warm_up.js').warmUpExpress(),
  web: () => import('../contracts/web_warm_up.js').warmUpWeb(),
  event: () => import('../abort/index.js'),
};
