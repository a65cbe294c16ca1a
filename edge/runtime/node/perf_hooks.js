// node:perf_hooks: https://nodejs.org/api/perf_hooks.html, over the global performance.

import { ObjectDefineProperties, ObjectDefineProperty, ObjectFreeze, PromisePrototypeThen, ReflectApply, ReflectConstruct } from '../bootstrap/primordials.js';
import { globals } from '../performance/index.js';
import { globals as interfaces } from '../performance/interfaces.js';
import { invalidArgType, validateFunction, validateObject } from './internal/errors.js';
import { isPromise } from './internal/types.js';

const { performance, ...classes } = { ...globals, ...interfaces };
const histograms = () => import('./internal/histogram.js');

/** Tells who observes 'function' how long a call took, and the histogram. */
function tell(name, start, args, histogram) {
  const duration = performance.now() - start;
  histogram?.record(duration < 1e-6 ? 1 : (duration * 1e6) >>> 0 || 1);
  const { PerformanceEntry, TOKEN } = import('../performance/entry.js');
  const entry = new PerformanceEntry(TOKEN, { name, entryType: 'function', startTime: start, duration, detail: args });
  for (let i = 0; i < args.length; i++) entry[i] = args[i];
  ObjectDefineProperty(entry, 'detail', { __proto__: null, value: args, enumerable: true, configurable: true });
  import('../performance/timeline.js').tellObservers(entry);
}

/** A function that is measured: https://nodejs.org/api/perf_hooks.html#performancetimerifyfn-options */
function timerify(callback, options = {}) {
  validateFunction(callback, 'fn');
  validateObject(options, 'options');
  const { histogram } = options;
  if (histogram !== undefined && (typeof histogram !== 'object' || histogram === null || typeof histogram.record !== 'function')) throw invalidArgType('options.histogram', 'RecordableHistogram', histogram);
  function timerified(...args) {
    const start = performance.now();
    const result = new.target ? ReflectConstruct(callback, args, callback) : ReflectApply(callback, this, args);
    const done = () => tell(callback.name, start, args, histogram);
    if (!new.target && isPromise(result)) return PromisePrototypeThen(result, (value) => {
      done();
      return value;
    }, (error) => {
      done();
      throw error;
    });
    done();
    return result;
  }
  return ObjectDefineProperties(timerified, {
    length: { __proto__: null, configurable: false, enumerable: true, value: callback.length },
    name: { __proto__: null, configurable: false, enumerable: true, value: `timerified ${callback.name}` },
  });
}

const eventLoopUtilization = () => ({ idle: 0, active: 0, utilization: 0 });

// Node's performance has these, too.
const EXTRAS = { timerify, eventLoopUtilization };
for (const name in EXTRAS) if (performance[name] === undefined) ObjectDefineProperty(performance, name, { __proto__: null, value: EXTRAS[name], writable: true, configurable: true });

export default {
  performance,
  ...classes,
  constants: ObjectFreeze({
    NODE_PERFORMANCE_GC_MAJOR: 4, NODE_PERFORMANCE_GC_MINOR: 1, NODE_PERFORMANCE_GC_INCREMENTAL: 8, NODE_PERFORMANCE_GC_WEAKCB: 16, NODE_PERFORMANCE_GC_FLAGS_NO: 0,
    NODE_PERFORMANCE_GC_FLAGS_CONSTRUCT_RETAINED: 2, NODE_PERFORMANCE_GC_FLAGS_FORCED: 4, NODE_PERFORMANCE_GC_FLAGS_SYNCHRONOUS_PHANTOM_PROCESSING: 8,
    NODE_PERFORMANCE_GC_FLAGS_ALL_AVAILABLE_GARBAGE: 16, NODE_PERFORMANCE_GC_FLAGS_ALL_EXTERNAL_MEMORY: 32, NODE_PERFORMANCE_GC_FLAGS_SCHEDULE_IDLE: 64,
  }),
  createHistogram: (options) => histograms().createHistogram(options),
  eventLoopUtilization,
  monitorEventLoopDelay: (options) => histograms().monitorEventLoopDelay(options),
  timerify,
};
