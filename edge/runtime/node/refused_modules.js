// What a dependency gets of modules that are refused: nothing that works, but something to load.
//
// Many packages require `child_process` or `worker_threads` at their top for a feature that the function does not use (a
// mailer for its sendmail transport, an HTTP client for a pool of threads).  A function that names such a module itself is
// told at once that it is not there.

import { StringPrototypeIncludes, StringPrototypeSplit } from '../bootstrap/primordials.js';
import { missingBuiltin } from './missing.js';
import { named } from './internal/named.js';

const THROWING = {
  __proto__: null,
  child_process: 'ChildProcess exec execFile execFileSync execSync fork spawn spawnSync',
  cluster: 'disconnect fork setupMaster setupPrimary Worker',
  dgram: 'createSocket Socket',
  inspector: 'open close waitForDebugger Session',
  repl: 'start REPLServer',
  v8: 'deserialize getHeapSnapshot getHeapSpaceStatistics getHeapStatistics serialize setFlagsFromString takeCoverage writeHeapSnapshot',
  worker_threads: 'Worker',
};
const VALUES = {
  __proto__: null,
  cluster: () => ({ isMaster: true, isPrimary: true, isWorker: false, settings: {}, workers: {} }),
  inspector: () => ({ url: () => undefined }),
  worker_threads: () => ({ isMainThread: true, parentPort: null, resourceLimits: {}, threadId: 0, workerData: null }),
};

/** A module whose members throw what `require` of it throws elsewhere; null for one that is not known. */
function dummy(name) {
  if (THROWING[name] === undefined) return null;
  const exports = { ...VALUES[name]?.() };
  const names = StringPrototypeSplit(THROWING[name], ' ');
  for (let i = 0; i < names.length; i++) {
    exports[names[i]] = named(names[i], function () {
      throw missingBuiltin(name);
    });
  }
  return exports;
}

/** The module for code in `from`; null when there is none for it. */
export function forDependency(name, from) {
  return StringPrototypeIncludes(`${from}`, '/node_modules/') ? dummy(name) : null;
}
