// multipart/form-data as it arrives: https://andreubotella.github.io/multipart-form-data/#multipart-form-data-parser
// with preamble and epilogue, and spaces after a boundary: https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1

import {
  ReflectApply, SafeArray, SafeArrayPush, TypedArrayPrototypeGetLength, TypedArrayPrototypeIndexOf, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray,
  Uint8Array,
} from '../bootstrap/primordials.js';
import { concatBytes } from '../blob/parts.js';
import { CR, createDelimiter, possibleStart } from './delimiter.js';
import { Part, malformed } from './part.js';

const MAX_PARTS = 100000;
const MAX_HEADERS = 16384; // bytes of one part, with what follows its boundary

const LF = 0x0a;
const HYPHEN = 0x2d;
const SPACE = 0x20;
const TAB = 0x09;

const size = TypedArrayPrototypeGetLength;

/**
 * Takes the body in any pieces.  Its states are methods: of bytes and a place they give how far they have got, which is that
 * same place when they need more.
 */
export class MultipartParser {
  #delimiter;
  #state = this.#start;
  // What the state has seen but not taken.
  #rest = new Uint8Array(0);
  #entries = new SafeArray();
  // Null before the first part, and for the preamble.
  #part = null;
  #headerBytes = 0;

  constructor(boundary) {
    this.#delimiter = createDelimiter(boundary);
  }

  /** More of the body.  Bytes that are not `owned`, which somebody may change, are copied. */
  feed(chunk, owned) {
    const bytes = size(this.#rest) > 0 ? joined(this.#rest, chunk) : owned ? chunk : TypedArrayPrototypeSlice(chunk);
    let at = 0;
    for (let state = null, before = -1; at < size(bytes) && (at !== before || this.#state !== state);) {
      state = this.#state;
      before = at;
      at = ReflectApply(state, this, [bytes, at]);
    }
    this.#rest = TypedArrayPrototypeSlice(bytes, at);
  }

  /** The body has ended: its entries. */
  end() {
    if (this.#state !== this.#epilogue) throw malformed(this.#part === null ? 'the boundary does not occur' : 'the closing boundary is missing');
    return this.#entries;
  }

  #start(bytes) {
    if (size(bytes) < this.#delimiter.length - 2) return 0;
    const begins = this.#delimiter.startsWith(bytes);
    this.#state = begins ? this.#afterDelimiter : this.#content;
    return begins ? this.#delimiter.length - 2 : 0;
  }

  #content(bytes, from) {
    const found = this.#delimiter.find(bytes, from);
    const end = found >= 0 ? found : possibleStart(bytes, from, this.#delimiter);
    if (this.#part !== null && end > from) this.#part.add(TypedArrayPrototypeSubarray(bytes, from, end));
    if (found < 0) return end;
    if (this.#part !== null) this.#finishPart();
    this.#state = this.#afterDelimiter;
    return end + this.#delimiter.length;
  }

  #finishPart() {
    if (this.#entries.length === MAX_PARTS) throw malformed(`it has more than ${MAX_PARTS} parts`);
    SafeArrayPush(this.#entries, this.#part.entry());
  }

  #afterDelimiter(bytes, from) {
    if (size(bytes) < from + 2) return from;
    if (bytes[from] === HYPHEN && bytes[from + 1] === HYPHEN) {
      this.#state = this.#epilogue;
      return from + 2;
    }
    this.#part = new Part();
    this.#headerBytes = 0;
    this.#state = this.#padding;
    return from;
  }

  #padding(bytes, from) {
    let at = from;
    while (bytes[at] === SPACE || bytes[at] === TAB) at += 1;
    this.#count(at - from);
    if (size(bytes) < at + 2) return at;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) throw malformed('a boundary is not alone on its line');
    this.#state = this.#headers;
    return at + 2;
  }

  #headers(bytes, from) {
    const end = lineEnd(bytes, from);
    if (end < 0) {
      if (size(bytes) - from + this.#headerBytes > MAX_HEADERS) this.#count(MAX_HEADERS + 1);
      return from;
    }
    this.#count(end + 2 - from);
    if (end > from) this.#part.header(TypedArrayPrototypeSubarray(bytes, from, end));
    else {
      this.#part.begin();
      this.#state = this.#body;
    }
    return end + 2;
  }

  // A part without content: the delimiter follows the empty line, whose line break is also that of the delimiter.
  #body(bytes, from) {
    if (size(bytes) - from < this.#delimiter.length - 2 && bytes[from] === HYPHEN) return from;
    this.#state = this.#content;
    if (bytes[from] !== HYPHEN || !this.#delimiter.startsWith(TypedArrayPrototypeSubarray(bytes, from))) return from;
    this.#finishPart();
    this.#state = this.#afterDelimiter;
    return from + this.#delimiter.length - 2;
  }

  #epilogue(bytes) {
    return size(bytes);
  }

  #count(bytes) {
    this.#headerBytes += bytes;
    if (this.#headerBytes > MAX_HEADERS) throw malformed(`the headers of a part have more than ${MAX_HEADERS} bytes`);
  }
}

function joined(rest, chunk) {
  const all = new SafeArray();
  SafeArrayPush(all, rest);
  SafeArrayPush(all, chunk);
  return concatBytes(all, size(rest) + size(chunk));
}

// Where the line break is that ends a line, -1 when it has not come.
function lineEnd(bytes, from) {
  let at = from;
  do {
    at = TypedArrayPrototypeIndexOf(bytes, CR, at);
    if (at >= 0 && bytes[at + 1] === LF) return at;
    at += 1;
  } while (at > 0);
  return -1;
}
