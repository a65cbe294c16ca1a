// Globals that come from Node, each made when it is read first.

import { Promise } from '../bootstrap/primordials.js';
import { globalRequire, loadBuiltin } from '../bootstrap/modules.js';
import { globals as timers } from '../timers/index.js';

export const globals = {
  get Buffer() {
    return loadBuiltin('buffer').Buffer;
  },
  get EventEmitter() {
    return loadBuiltin('events');
  },
  get process() {
    return loadBuiltin('process');
  },
  require: globalRequire,
  /** A promise that is resolved after `ms` milliseconds. */
  sleep: (ms) => new Promise((resolve) => timers.setTimeout(resolve, ms)),
};
