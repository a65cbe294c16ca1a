// Modules of Node that are not there, as packages get them that ask for one at their top level and may never use it: the names are
// there, and what is called or constructed says why it cannot work.

import { ArrayPrototypeForEach, ObjectDefineProperty, StringPrototypeSplit, Symbol } from '../bootstrap/primordials.js';
import { unsupported } from './internal/errors.js';

const INSPECTOR = 'open close url waitForDebugger Session';

// Functions and classes.
const NAMES = {
  __proto__: null,
  child_process: 'ChildProcess exec execFile execFileSync execSync fork spawn spawnSync',
  cluster: 'Worker addListener disconnect emit fork off on once removeListener setupMaster setupPrimary',
  dgram: 'Socket createSocket',
  domain: 'Domain create createDomain',
  inspector: INSPECTOR,
  'inspector/promises': INSPECTOR,
  repl: 'REPLServer Recoverable start writer',
  trace_events: 'createTracing getEnabledCategories',
  v8: 'DefaultDeserializer DefaultSerializer Deserializer GCProfiler Serializer cachedDataVersionTag deserialize getHeapCodeStatistics getHeapSnapshot getHeapSpaceStatistics getHeapStatistics serialize setFlagsFromString stopCoverage takeCoverage writeHeapSnapshot',
  wasi: 'WASI',
  worker_threads: 'Worker getEnvironmentData moveMessagePortToContext postMessageToThread receiveMessageOnPort setEnvironmentData',
};

// What else is there, and true of a function.
const VALUES = {
  __proto__: null,
  cluster: () => ({ isMaster: true, isPrimary: true, isWorker: false, schedulingPolicy: 2, settings: {}, workers: {} }),
  domain: () => ({ active: null }),
  v8: () => ({ startupSnapshot: { isBuildingSnapshot: () => false } }),
  worker_threads: () => ({
    ...HINTS, isMainThread: true, parentPort: null, resourceLimits: {}, SHARE_ENV: Symbol('nodejs.worker_threads.SHARE_ENV'), threadId: 0, threadName: '', workerData: null,
    BroadcastChannel: globalThis.BroadcastChannel, MessageChannel: globalThis.MessageChannel, MessagePort: globalThis.MessagePort,
  }),
};

// Hints about what a thread may get: there is none.
const HINTS = { __proto__: null, isMarkedAsUntransferable: () => false, markAsUncloneable() {}, markAsUntransferable() {} };

function refusing(module, name, reason) {
  const refuse = function () {
    throw unsupported(`${module}.${name}`, reason);
  };
  return ObjectDefineProperty(refuse, 'name', { __proto__: null, value: name, configurable: true });
}

/** The module in outline. */
export function outlineOf(module, reason) {
  const exports = VALUES[module]?.() ?? {};
  ArrayPrototypeForEach(StringPrototypeSplit(NAMES[module] ?? '', ' '), (name) => {
    if (name !== '') exports[name] = refusing(module, name, reason);
  });
  return exports;
}
