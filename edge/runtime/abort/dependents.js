// Signals that follow another one.  A signal is kept alive only while somebody would notice that it aborts: a signal of the
// module may have a follower in each of thousands of invocations.  https://dom.spec.whatwg.org/#abort-signal-garbage-collection

import { SafeSet, SetPrototypeForEach, WeakRef, WeakRefPrototypeDeref } from '../bootstrap/primordials.js';
import { isBuilding } from '../bootstrap/state.js';

const FIRST_SWEEP = 32;

/** What sources hold of a follower: weak, or strong while it is observed.  A snapshot cannot hold weak references. */
export class Follower {
  #weak;
  #strong;

  constructor(signal) {
    this.#weak = isBuilding() ? null : new WeakRef(signal);
    this.#strong = this.#weak === null ? signal : null;
  }

  get signal() { return this.#strong ?? WeakRefPrototypeDeref(this.#weak); }

  observe(signal) { this.#strong = signal; }

  release() { if (this.#weak !== null) this.#strong = null; }
}

/** The followers of one signal, in the order in which they came. */
export class Followers {
  #all = new SafeSet();
  #sweepAt = FIRST_SWEEP;

  add(follower) {
    this.#all.add(follower);
    if (this.#all.size >= this.#sweepAt) this.#sweep();
  }

  forEach(visit) {
    SetPrototypeForEach(this.#all, (follower) => {
      const { signal } = follower;
      if (signal !== undefined) visit(signal);
    });
  }

  #sweep() {
    const all = this.#all;
    SetPrototypeForEach(all, (follower) => {
      if (follower.signal === undefined) all.delete(follower);
    });
    this.#sweepAt = all.size * 2 < FIRST_SWEEP ? FIRST_SWEEP : all.size * 2;
  }
}
