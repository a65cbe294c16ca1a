// The `mappings` of a source map: https://tc39.es/ecma426/#sec-mappings
// Read from bytes, so that a large map is read quickly, and only once: a stack has many places.

import { SafeArray, SafeArrayPush } from '../bootstrap/primordials.js';

const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const DIGITS = 5;
const MORE = 1 << DIGITS;
const MAX_SHIFT = 30;
const STRIDE = 512; // mappings between two places where reading can begin
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

// The value of a base64 character, -1 for others.
function valueOf(code) {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26;
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52;
  return code === 0x2b ? 62 : code === 0x2f ? 63 : -1;
}

/** `number` as a base64 VLQ. */
export function encodeNumber(number) {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let text = '';
  do {
    const digit = rest & (MORE - 1);
    rest >>>= DIGITS;
    text += ALPHABET[rest > 0 ? digit | MORE : digit];
  } while (rest > 0);
  return text;
}

/** One mapping after the other; all counts from 0.  After `next` gave true its fields are those of a mapping. */
export class MappingReader {
  line = 0;
  column = 0;
  source = 0;
  sourceLine = 0;
  sourceColumn = 0;
  /** False where generated text has no source. */
  hasSource = false;
  #bytes;
  #length;
  #at = 0;

  constructor(bytes, length) {
    this.#bytes = bytes;
    this.#length = length;
  }

  /** A reader that goes on where this one is. */
  fork() {
    const copy = new MappingReader(this.#bytes, this.#length);
    copy.line = this.line;
    copy.column = this.column;
    copy.source = this.source;
    copy.sourceLine = this.sourceLine;
    copy.sourceColumn = this.sourceColumn;
    copy.hasSource = this.hasSource;
    copy.#at = this.#at;
    return copy;
  }

  /** Read one mapping; false at the end, and where the mappings are malformed. */
  next() {
    this.#skip();
    if (this.#at >= this.#length) return false;
    let fields = 0;
    for (; this.#isInside(); fields++) {
      const delta = this.#number();
      if (delta === null) return false;
      if (fields === 0) this.column += delta;
      else if (fields === 1) this.source += delta;
      else if (fields === 2) this.sourceLine += delta;
      else if (fields === 3) this.sourceColumn += delta;
    }
    this.hasSource = fields >= 4;
    return true;
  }

  #isInside() {
    const code = this.#at < this.#length ? this.#bytes[this.#at] : SEMICOLON;
    return code !== COMMA && code !== SEMICOLON;
  }

  #skip() {
    for (; this.#at < this.#length; this.#at++) {
      const code = this.#bytes[this.#at];
      if (code === SEMICOLON) {
        this.line += 1;
        this.column = 0;
      } else if (code !== COMMA) return;
    }
  }

  // null, and nothing more to read, where there is none.
  #number() {
    let number = 0;
    for (let shift = 0, digit = MORE; digit & MORE; shift += DIGITS) {
      digit = this.#at < this.#length ? valueOf(this.#bytes[this.#at]) : -1;
      if (digit < 0 || shift > MAX_SHIFT) {
        this.#at = this.#length;
        return null;
      }
      this.#at += 1;
      number |= (digit & (MORE - 1)) << shift;
    }
    return number & 1 ? -(number >>> 1) : number >>> 1;
  }
}

const isBehind = (mapping, line, column) => mapping.line > line || (mapping.line === line && mapping.column > column);

/** The mappings of one map, for many questions. */
export class Mappings {
  #first;
  #stops = null; // readers at every STRIDE-th mapping

  constructor(bytes, length) {
    this.#first = new MappingReader(bytes, length);
  }

  // The reader of the last stop that is not behind the place.
  #before(line, column) {
    this.#stops ??= this.#findStops();
    let low = 0;
    let high = this.#stops.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (isBehind(this.#stops[middle], line, column)) high = middle - 1;
      else low = middle;
    }
    return this.#stops[low].fork();
  }

  #findStops() {
    const stops = new SafeArray();
    SafeArrayPush(stops, this.#first);
    const reader = this.#first.fork();
    for (let count = 1; reader.next(); count++) if (count % STRIDE === 0) SafeArrayPush(stops, reader.fork());
    return stops;
  }

  /**
   * Around a place: `{last, next}`, the last mapping of its line that is not behind it, and the first of its line that is; null
   * without one.
   */
  around(line, column) {
    const reader = this.#before(line, column);
    let last = reader.line === line && reader.column <= column && reader.hasSource ? reader.fork() : null;
    while (reader.next()) {
      if (isBehind(reader, line, column)) return { __proto__: null, last, next: reader.line === line ? reader : null };
      if (reader.line === line) last = reader.hasSource ? reader.fork() : null;
    }
    return { __proto__: null, last, next: null };
  }
}
