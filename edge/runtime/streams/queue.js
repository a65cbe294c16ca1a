// First in, first out.  https://streams.spec.whatwg.org/#queue-with-sizes

import { RangeError } from '../bootstrap/primordials.js';

/** A list that is linked, so that taking from its front costs nothing. */
export class Queue {
  #first = null;
  #last = null;
  length = 0;

  push(value) {
    const link = { __proto__: null, value, next: null };
    if (this.#last === null) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    this.length += 1;
  }

  /** The oldest value; there must be one. */
  peek() { return this.#first.value; }

  replaceFirst(value) { this.#first.value = value; }

  shift() {
    const link = this.#first;
    this.#first = link.next;
    if (this.#first === null) this.#last = null;
    this.length -= 1;
    return link.value;
  }

  clear() {
    this.#first = this.#last = null;
    this.length = 0;
  }
}

/** A queue of chunks that knows how much is in it. */
export class SizedQueue {
  #chunks = new Queue();
  total = 0;

  get length() { return this.#chunks.length; }

  /** https://streams.spec.whatwg.org/#enqueue-value-with-size */
  push(value, size) {
    const number = +size;
    if (!(number >= 0 && number !== Infinity)) throw new RangeError('The size of a chunk must be a finite number that is not negative');
    this.#chunks.push({ __proto__: null, value, size: number });
    this.total += number;
  }

  peek() { return this.#chunks.peek().value; }

  shift() {
    const { value, size } = this.#chunks.shift();
    this.total -= size;
    // Sizes that are no integers can leave less than nothing behind.
    if (this.total < 0) this.total = 0;
    return value;
  }

  clear() {
    this.#chunks.clear();
    this.total = 0;
  }
}
