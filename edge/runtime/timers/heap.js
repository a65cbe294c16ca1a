// A binary heap of timers by due time, then by age: O(log n) to add and to take the next.

const before = (a, b) => a.due < b.due || (a.due === b.due && a.order < b.order);

export class TimerHeap {
  #items = [];

  get size() {
    return this.#items.length;
  }

  peek() {
    return this.#items[0];
  }

  add(timer) {
    const items = this.#items;
    let at = items.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(timer, items[parent])) break;
      items[at] = items[parent];
      at = parent;
    }
    items[at] = timer;
  }

  take() {
    const items = this.#items;
    const top = items[0];
    const lastAt = items.length - 1;
    const moved = items[lastAt];
    items.length = lastAt;
    if (lastAt > 0) this.#sink(moved, lastAt);
    return top;
  }

  #sink(timer, length) {
    const items = this.#items;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && before(items[child + 1], items[child])) child += 1;
      if (!before(items[child], timer)) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = timer;
  }

  clear() {
    this.#items = [];
  }
}
