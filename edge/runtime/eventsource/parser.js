// An event stream, as text that comes in pieces: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

import {
  Error, Number, RegExpPrototypeExec, SafeArray, SafeArrayPush, StringPrototypeIncludes, StringPrototypeIndexOf, StringPrototypeSlice,
} from '../bootstrap/primordials.js';

const DIGITS = /^[0-9]+$/;
// Characters of one event, and of one line: what never ends must not fill the memory of the function.
const MAX_EVENT = 16777216;

/** `feed(text)` gives the events that it completes: `{type, data, id}`.  `retry` is what the stream said last, or null. */
export class Parser {
  retry = null;
  #rest = '';
  // The last piece ended with a carriage return, to which a line feed may belong.
  #afterReturn = false;
  #type = '';
  #data = '';
  #hasData = false;
  #id;
  #lastId;

  constructor(lastId = '') {
    this.#id = this.#lastId = lastId;
  }

  /** What an event that came now would have. */
  get lastId() { return this.#lastId; }

  feed(text) {
    const events = new SafeArray();
    let input = text;
    if (this.#afterReturn && input !== '') {
      if (input[0] === '\n') input = StringPrototypeSlice(input, 1);
      this.#afterReturn = false;
    }
    input = this.#rest + input;
    let from = 0;
    for (let at = lineEnd(input, from); at >= 0; at = lineEnd(input, from)) {
      this.#line(StringPrototypeSlice(input, from, at), events);
      from = at + 1;
      if (input[at] !== '\r') continue;
      if (from === input.length) this.#afterReturn = true;
      else if (input[from] === '\n') from += 1;
    }
    this.#rest = StringPrototypeSlice(input, from);
    if (this.#rest.length + this.#data.length > MAX_EVENT) throw new Error(`an event has more than ${MAX_EVENT} characters`);
    return events;
  }

  #line(line, events) {
    if (line === '') {
      this.#dispatch(events);
      return;
    }
    const colon = StringPrototypeIndexOf(line, ':');
    if (colon < 0) this.#field(line, '');
    else if (colon > 0) this.#field(StringPrototypeSlice(line, 0, colon), StringPrototypeSlice(line, line[colon + 1] === ' ' ? colon + 2 : colon + 1));
  }

  #field(name, value) {
    if (name === 'event') this.#type = value;
    else if (name === 'data') {
      this.#data = this.#hasData ? `${this.#data}\n${value}` : value;
      this.#hasData = true;
    } else if (name === 'id') {
      if (!StringPrototypeIncludes(value, '\0')) this.#id = value;
    } else if (name === 'retry' && RegExpPrototypeExec(DIGITS, value) !== null) this.retry = Number(value);
  }

  #dispatch(events) {
    this.#lastId = this.#id;
    if (this.#hasData) SafeArrayPush(events, { __proto__: null, type: this.#type === '' ? 'message' : this.#type, data: this.#data, id: this.#lastId });
    this.#type = this.#data = '';
    this.#hasData = false;
  }
}

// The place of the next line feed or carriage return; -1 without one.
function lineEnd(text, from) {
  const feed = StringPrototypeIndexOf(text, '\n', from);
  const carriage = StringPrototypeIndexOf(text, '\r', from);
  if (feed < 0) return carriage;
  return carriage < 0 || feed < carriage ? feed : carriage;
}
