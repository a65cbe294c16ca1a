// A binary heap of timers by due time, then by age: O(log n) to add, to take the next and to remove any.
// Each timer knows its place in `at`, -1 outside of the heap.

import { SafeArray } from '../bootstrap/primordials.js';

const before = (a, b) => a.due < b.due || (a.due === b.due && a.order < b.order);

export class TimerHeap {
  #items = new SafeArray();

  get size() {
    return this.#items.length;
  }

  peek() {
    return this.#items[0];
  }

  add(timer) {
    this.#rise(timer, this.#items.length);
  }

  take() {
    const top = this.#items[0];
    this.remove(top);
    return top;
  }

  remove(timer) {
    const { at } = timer;
    if (at < 0) return;
    timer.at = -1;
    const items = this.#items;
    const lastAt = items.length - 1;
    const moved = items[lastAt];
    items.length = lastAt;
    if (moved === timer) return;
    if (at > 0 && before(moved, items[(at - 1) >> 1])) this.#rise(moved, at);
    else this.#sink(moved, at);
  }

  #place(timer, at) {
    this.#items[at] = timer;
    timer.at = at;
  }

  #rise(timer, from) {
    const items = this.#items;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(timer, items[parent])) break;
      this.#place(items[parent], at);
      at = parent;
    }
    this.#place(timer, at);
  }

  #sink(timer, from) {
    const items = this.#items;
    const { length } = items;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && before(items[child + 1], items[child])) child += 1;
      if (!before(items[child], timer)) break;
      this.#place(items[child], at);
      at = child;
    }
    this.#place(timer, at);
  }
}
