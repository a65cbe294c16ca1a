// The latest N of what comes in, and which of them match a filter.  Every entry keeps its number for ever, so that a list
// that shows some of them does not jump when old ones fall off.

export class Ring {
  #entries = [];
  #first = 0;
  #matches = [];
  #matchesStart = 0; // matches before this index have fallen off
  #test = null;

  constructor(limit) {
    this.limit = limit;
  }

  get size() {
    return this.#entries.length - this.#offset;
  }

  #offset = 0; // entries before this index have fallen off; they are cut away now and then, not one by one

  push(entries) {
    for (const entry of entries) {
      if (this.#test === null || this.#test(entry)) this.#matches.push(this.#first + this.#entries.length);
      this.#entries.push(entry);
    }
    this.#offset = Math.max(this.#offset, this.#entries.length - this.limit);
    const oldest = this.#first + this.#offset;
    while (this.#matchesStart < this.#matches.length && this.#matches[this.#matchesStart] < oldest) this.#matchesStart += 1;
    if (this.#offset > this.limit / 4) this.#cut();
  }

  #cut() {
    this.#entries.splice(0, this.#offset);
    this.#first += this.#offset;
    this.#offset = 0;
    this.#matches.splice(0, this.#matchesStart);
    this.#matchesStart = 0;
  }

  /** Show what `test` says; null for all. */
  filter(test) {
    this.#cut();
    this.#test = test;
    this.#matches = [];
    this.#entries.forEach((entry, index) => {
      if (test === null || test(entry)) this.#matches.push(this.#first + index);
    });
  }

  clear() {
    this.#first += this.#entries.length;
    this.#entries = [];
    this.#offset = 0;
    this.#matches = [];
    this.#matchesStart = 0;
  }

  /** How many match. */
  get length() {
    return this.#matches.length - this.#matchesStart;
  }

  /** Entry number `index` of those that match, and its lasting number. */
  at(index) {
    const number = this.#matches[this.#matchesStart + index];
    return number === undefined ? undefined : { number, entry: this.#entries[number - this.#first] };
  }

  /** All that match, the oldest first. */
  *[Symbol.iterator]() {
    for (let index = 0; index < this.length; index += 1) yield this.at(index).entry;
  }
}
