// A body that is there as a whole and large leaves in pieces: as one effect it would be in memory four to six times (the
// effect, its JSON, the copies that cross the border).  Loaded when there is one.

import {
  SafeArray, SafeArrayPush, String, StringPrototypeCharCodeAt, StringPrototypeSlice, StringPrototypeToLowerCase,
  TypedArrayPrototypeGetLength, TypedArrayPrototypeSubarray,
} from './primordials.js';
import { utf8Length } from '../encoding/utf8.js';

const PIECE = 262144;
const WINDOW = 4; // pieces that the client has not taken yet

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
  for (let i = 0; i < pieces.length; i++) await writeLarge(invocation, pieces[i]);
  invocation.end();
}

/** Text or bytes, no faster than the client takes them. */
export async function writeLarge(invocation, body) {
  const isText = typeof body === 'string';
  const length = isText ? body.length : TypedArrayPrototypeGetLength(body);
  const writes = new SafeArray();
  let taken = 0;
  for (let at = 0; at < length;) {
    const end = isText ? endOfPiece(body, at) : at + PIECE;
    if (writes.length - taken === WINDOW) await writes[taken++];
    SafeArrayPush(writes, invocation.write(isText ? StringPrototypeSlice(body, at, end) : TypedArrayPrototypeSubarray(body, at, end)));
    at = end;
  }
  while (taken < writes.length) await writes[taken++];
}
