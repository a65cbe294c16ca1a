// node:perf_hooks: https://nodejs.org/api/perf_hooks.html, over the global performance.

import { ReflectApply, ReflectConstruct } from '../bootstrap/primordials.js';
import { globals } from '../performance/index.js';
import { globals as interfaces } from '../performance/interfaces.js';
import { unsupported, validateFunction } from './internal/errors.js';

/** What waits in the event loop is the gateway's to know. */
function monitorEventLoopDelay() {
  throw unsupported('perf_hooks.monitorEventLoopDelay', 'the metrics of the gateway tell how long invocations wait');
}

function createHistogram() {
  throw unsupported('perf_hooks.createHistogram');
}

/** A function that is measured as `performance.timerify` does. */
function timerify(callback) {
  validateFunction(callback, 'fn');
  return function timerified(...args) {
    return new.target ? ReflectConstruct(callback, args) : ReflectApply(callback, this, args);
  };
}

const { performance, ...classes } = { ...globals, ...interfaces };

export default { performance, ...classes, constants: {}, createHistogram, eventLoopUtilization: () => ({ idle: 0, active: 0, utilization: 0 }), monitorEventLoopDelay, timerify };
