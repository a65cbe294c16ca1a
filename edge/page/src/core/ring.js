// The latest of what comes in, as many as fit, and which of them match a filter.  Every entry keeps its number for ever, so
// that a list that shows some of them does not jump when old ones fall off.

export class Ring {
  #entries = [];
  #first = 0; // the number of #entries[0]
  #gone = 0; // entries before this index have fallen off; they are cut away now and then, not one by one
  #matches = []; // numbers
  #past = 0; // matches before this index have fallen off
  #weight = 0;
  #test = null;
  #weigh;

  /** At most `limit` entries, which together weigh at most `most`; the newest one stays in any case. */
  constructor(limit, most = Infinity, weigh = () => 0) {
    this.limit = limit;
    this.most = most;
    this.#weigh = weigh;
  }

  get size() {
    return this.#entries.length - this.#gone;
  }

  push(entries) {
    for (const entry of entries) {
      if (this.#test === null || this.#test(entry)) this.#matches.push(this.#first + this.#entries.length);
      this.#entries.push(entry);
      this.#weight += this.#weigh(entry);
    }
    while (this.size > 1 && (this.size > this.limit || this.#weight > this.most)) {
      this.#weight -= this.#weigh(this.#entries[this.#gone]);
      this.#entries[this.#gone] = undefined;
      this.#gone += 1;
    }
    const oldest = this.#first + this.#gone;
    while (this.#past < this.#matches.length && this.#matches[this.#past] < oldest) this.#past += 1;
    if (this.#gone > this.limit / 4) this.#cut();
  }

  #cut() {
    this.#entries.splice(0, this.#gone);
    this.#first += this.#gone;
    this.#gone = 0;
    this.#matches.splice(0, this.#past);
    this.#past = 0;
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
    this.#gone = 0;
    this.#matches = [];
    this.#past = 0;
    this.#weight = 0;
  }

  /** How many match. */
  get length() {
    return this.#matches.length - this.#past;
  }

  /** Entry number `index` of those that match, and its lasting number. */
  at(index) {
    const number = this.#matches[this.#past + index];
    return number === undefined ? undefined : { number, entry: this.#entries[number - this.#first] };
  }

  /** All that match, the oldest first. */
  *[Symbol.iterator]() {
    for (let index = 0; index < this.length; index += 1) yield this.at(index).entry;
  }
}
