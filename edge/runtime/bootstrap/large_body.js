// A body that is there as a whole and large leaves in pieces: as one effect it would be in memory four to six times (the
// effect, its JSON, the copies that cross the border).  Loaded when there is one.

import {
  PromisePrototypeThen, SafeArray, SafeArrayPush, String, StringPrototypeCharCodeAt, StringPrototypeSlice, StringPrototypeToLowerCase,
  TypedArrayPrototypeGetLength, TypedArrayPrototypeSubarray,
} from './primordials.js';
import { utf8Length } from '../encoding/utf8.js';

const PIECE = 262144;
const WINDOW = 4; // pieces that the client has not taken yet

const ignore = () => {};
const isLead = (unit) => (unit & 0xfc00) === 0xd800;

// Exactly the length of what follows: what the function says about it is overruled, as it is for a small body.
function withLength(headers, length) {
  const all = new SafeArray();
  for (let i = 0; i < headers.length; i++) {
    if (StringPrototypeToLowerCase(headers[i][0]) !== 'content-length') SafeArrayPush(all, headers[i]);
  }
  SafeArrayPush(all, ['content-length', String(length)]);
  return all;
}

// Between characters: a pair of surrogates stays together.
function endOfPiece(text, at) {
  const end = at + PIECE;
  return end < text.length && isLead(StringPrototypeCharCodeAt(text, end - 1)) ? end - 1 : end;
}

/** Head, text or bytes of `size` bytes (-1 when not known), and end; resolves when the client has taken all of it. */
export async function sendLarge(invocation, status, headers, body, size) {
  const length = size < 0 && typeof body === 'string' ? utf8Length(body) : size;
  invocation.head(status, withLength(headers, length < 0 ? TypedArrayPrototypeGetLength(body) : length));
  await writeLarge(invocation, body);
  invocation.end();
}

/** The same for bytes that are at hand in pieces (see blob/parts.js). */
export async function sendPieces(invocation, status, headers, { pieces, size }) {
  invocation.head(status, withLength(headers, size));
  const writes = new Writes(invocation);
  for (let i = 0; i < pieces.length; i++) await writes.add(pieces[i]);
  await writes.settle();
  invocation.end();
}

/** Text or bytes, no faster than the client takes them. */
export async function writeLarge(invocation, body) {
  const writes = new Writes(invocation);
  await writes.add(body);
  await writes.settle();
}

// A window of pieces on their way.
class Writes {
  #invocation;
  #writes = new SafeArray();
  #taken = 0;

  constructor(invocation) {
    this.#invocation = invocation;
  }

  async add(body) {
    const isText = typeof body === 'string';
    const length = isText ? body.length : TypedArrayPrototypeGetLength(body);
    for (let at = 0; at < length;) {
      const end = isText ? endOfPiece(body, at) : at + PIECE;
      if (this.#writes.length - this.#taken === WINDOW) await this.#next();
      const write = this.#invocation.write(isText ? StringPrototypeSlice(body, at, end) : TypedArrayPrototypeSubarray(body, at, end));
      // Of those that fail together the first one tells; the others are nobody's unhandled rejections.
      PromisePrototypeThen(write, undefined, ignore);
      SafeArrayPush(this.#writes, write);
      at = end;
    }
  }

  async settle() {
    while (this.#taken < this.#writes.length) await this.#next();
  }

  async #next() {
    await this.#writes[this.#taken++];
  }
}
