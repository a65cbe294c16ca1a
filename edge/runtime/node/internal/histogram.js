// Histograms of perf_hooks: https://nodejs.org/api/perf_hooks.html#class-histogram

import {
  ArrayPrototypePush, ArrayPrototypeSort, BigInt, Error, MapPrototypeForEach, MathCeil, MathFloor, MathLog10, MathMax, MathMin, MathPow, MathSqrt, Map, MapPrototypeSet, Number, NumberIsInteger, SafeMap, SymbolFor,
} from '../../bootstrap/primordials.js';
import { monotonicNow } from '../../bootstrap/host.js';
import { coded, invalidArgType, outOfRange, validateInteger, validateObject } from './errors.js';

const MAX_SAFE = 2 ** 53 - 1;
const TOKEN = {};

/** Values as they are kept: exact up to 10 to the power of `figures`, and with so many digits above. */
function rounded(value, figures) {
  const digits = value < 1 ? 0 : MathFloor(MathLog10(value)) + 1;
  if (digits <= figures + 1) return value;
  const scale = MathPow(10, digits - figures - 1);
  return MathFloor(value / scale) * scale;
}

class Histogram {
  #counts = new SafeMap();
  #count = 0;
  #exceeds = 0;
  #min = Infinity;
  #max = 0;
  #sum = 0;
  #squares = 0;
  #limits;

  constructor(token, limits) {
    if (token !== TOKEN) throw coded(Error, 'ERR_ILLEGAL_CONSTRUCTOR', 'Illegal constructor');
    this.#limits = limits;
  }

  /** Whether the value was counted. */
  take(value, times = 1) {
    if (value < 1 || value > this.#limits.highest) {
      this.#exceeds += 1;
      return false;
    }
    const kept = rounded(value, this.#limits.figures);
    this.#counts.set(kept, (this.#counts.get(kept) ?? 0) + times);
    this.#count += times;
    this.#min = MathMin(this.#min, value);
    this.#max = MathMax(this.#max, value);
    this.#sum += value * times;
    this.#squares += value * value * times;
    return true;
  }

  takeAll(other) {
    MapPrototypeForEach(other.#counts, (times, value) => this.take(value, times));
    this.#exceeds += other.#exceeds;
    this.#min = MathMin(this.#min, other.#min);
    this.#max = MathMax(this.#max, other.#max);
  }

  get count() { return this.#count; }
  get countBigInt() { return BigInt(this.#count); }
  get exceeds() { return this.#exceeds; }
  get exceedsBigInt() { return BigInt(this.#exceeds); }
  // What Node's has before anything was counted.
  get min() { return this.#count === 0 ? 9223372036854776000 : this.#min; }
  get minBigInt() { return this.#count === 0 ? 9223372036854775807n : BigInt(this.#min); }
  get max() { return this.#max; }
  get maxBigInt() { return BigInt(this.#max); }
  get mean() { return this.#count === 0 ? 0 / 0 : this.#sum / this.#count; }

  get stddev() {
    if (this.#count === 0) return 0 / 0;
    const { mean } = this;
    return MathSqrt(MathMax(0, this.#squares / this.#count - mean * mean));
  }

  #sorted() {
    const values = [];
    MapPrototypeForEach(this.#counts, (times, value) => ArrayPrototypePush(values, [value, times]));
    return ArrayPrototypeSort(values, (a, b) => a[0] - b[0]);
  }

  percentile(percentile) {
    if (typeof percentile !== 'number') throw invalidArgType('percentile', 'number', percentile);
    if (!(percentile > 0 && percentile <= 100)) throw outOfRange('percentile', '> 0 && <= 100', percentile);
    const wanted = MathMax(1, MathCeil((percentile / 100) * this.#count));
    const values = this.#sorted();
    let seen = 0;
    for (let i = 0; i < values.length; i++) {
      seen += values[i][1];
      if (seen >= wanted) return values[i][0];
    }
    return 0;
  }

  percentileBigInt(percentile) { return BigInt(this.percentile(percentile)); }

  /** At 0, 50, 75, ... and 100 per cent. */
  get percentiles() {
    const found = new Map();
    MapPrototypeSet(found, 0, this.#count === 0 ? 0 : this.#min);
    if (this.#count === 0) return found;
    for (let left = 50; left > 100 / (2 * this.#count) && left > 0.01; left /= 2) MapPrototypeSet(found, 100 - left, this.percentile(100 - left));
    MapPrototypeSet(found, 100, this.#max);
    return found;
  }

  get percentilesBigInt() {
    const found = new Map();
    MapPrototypeForEach(this.percentiles, (value, percentile) => MapPrototypeSet(found, percentile, BigInt(value)));
    return found;
  }

  reset() {
    this.#counts.clear();
    this.#count = this.#exceeds = this.#max = this.#sum = this.#squares = 0;
    this.#min = Infinity;
  }

  toJSON() {
    const percentiles = {};
    MapPrototypeForEach(this.percentiles, (value, percentile) => { percentiles[percentile] = value; });
    return { count: this.count, min: this.min, max: this.max, mean: this.mean, exceeds: this.exceeds, stddev: this.stddev, percentiles };
  }

  [SymbolFor('nodejs.util.inspect.custom')](depth, options, inspect) {
    if (depth < 0) return this;
    const { min, max, mean, exceeds, stddev, count, percentiles } = this;
    return `Histogram ${inspect({ min, max, mean, exceeds, stddev, count, percentiles }, options)}`;
  }
}

class RecordableHistogram extends Histogram {
  #last = 0;

  record(value) {
    if (typeof value === 'bigint') {
      if (value < 1n || value > BigInt(MAX_SAFE)) throw outOfRange('val', `>= 1 && <= ${MAX_SAFE}`, value);
      this.take(Number(value));
      return;
    }
    if (!NumberIsInteger(value)) throw typeof value === 'number' ? outOfRange('val', 'an integer', value) : invalidArgType('val', ['integer', 'bigint'], value);
    if (value < 1 || value > MAX_SAFE) throw outOfRange('val', `>= 1 && <= ${MAX_SAFE}`, value);
    this.take(value);
  }

  /** Nanoseconds since the last call. */
  recordDelta() {
    const now = MathFloor(monotonicNow() * 1e6);
    if (this.#last > 0) this.take(MathMax(1, now - this.#last));
    this.#last = now;
  }

  add(other) {
    if (!(other instanceof RecordableHistogram)) throw invalidArgType('other', 'RecordableHistogram', other);
    this.takeAll(other);
  }
}

/** https://nodejs.org/api/perf_hooks.html#perf_hookscreatehistogramoptions */
export function createHistogram(options = {}) {
  validateObject(options, 'options');
  const { lowest = 1, highest = MAX_SAFE, figures = 3 } = options;
  if (typeof lowest !== 'bigint') validateInteger(lowest, 'options.lowest', 1, MAX_SAFE);
  if (typeof highest !== 'bigint') validateInteger(highest, 'options.highest', 2 * Number(lowest), MAX_SAFE);
  else if (highest < 2n * BigInt(lowest)) throw outOfRange('options.highest', `>= ${2n * BigInt(lowest)}`, highest);
  validateInteger(figures, 'options.figures', 1, 5);
  return new RecordableHistogram(TOKEN, { __proto__: null, highest: Number(highest), figures });
}

class DelayHistogram extends Histogram {
  #timer;
  #resolution;
  #last = 0;

  constructor(resolution) {
    super(TOKEN, { __proto__: null, highest: 3.6e12, figures: 3 });
    this.#resolution = resolution;
  }

  enable() {
    if (this.#timer !== undefined) return false;
    this.#last = monotonicNow();
    const { setInterval } = import('../timers.js').default;
    this.#timer = setInterval(() => {
      const now = monotonicNow();
      this.take(MathMax(1, MathFloor((now - this.#last) * 1e6)));
      this.#last = now;
    }, this.#resolution);
    this.#timer.unref();
    return true;
  }

  disable() {
    if (this.#timer === undefined) return false;
    import('../timers.js').default.clearInterval(this.#timer);
    this.#timer = undefined;
    return true;
  }
}

/** How late the turns of this invocation come: https://nodejs.org/api/perf_hooks.html#perf_hooksmonitoreventloopdelayoptions */
export function monitorEventLoopDelay(options = {}) {
  validateObject(options, 'options');
  const { resolution = 10 } = options;
  validateInteger(resolution, 'options.resolution', 1);
  return new DelayHistogram(resolution);
}

export { RecordableHistogram };
