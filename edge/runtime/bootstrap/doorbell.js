// Synchronous host calls: bytes in shared memory, and a callback as doorbell.  The other side is
// edge/engine/mailbox.py, which describes the layout.  Bell and box live in this module's closure only.
//
// A short question without bytes goes as the text that it is, by a place in V8's extras binding, and so does its answer:
// V8 reads and writes them in a tenth of the time that code here would take to encode and decode them.

import {
  ArrayIsArray, ArrayPrototypePush, Error, Int32Array, MathMax, MathMin, ObjectDefineProperty, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet, TypedArrayPrototypeSubarray,
  Uint8Array, wireJSON,
} from './primordials.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';
import { isBuilding } from './state.js';

const BOX_BYTES = 65536;
const HEADER_BYTES = 16;
const ROOM = BOX_BYTES - HEADER_BYTES;
const WHOLE = 0;
const MORE = 1;
const TEXT = -1; // in place of a size: see the place
const PLACE = 3; // edge/engine/text_place.py
const MAX_TEXT = 32768; // characters

let bell = null;
let words = null;
let bytes = null;
let places = null; // V8's extras binding, with a property of its own at PLACE; null where texts go as bytes

/** Called once by the host: takes the bell, gives the box, a `Buffer` of shared memory. */
export function installDoorbell(callback, Buffer) {
  const box = new Buffer(BOX_BYTES);
  bell = callback;
  words = new Int32Array(box, 0, HEADER_BYTES / 4);
  bytes = new Uint8Array(box, HEADER_BYTES);
  return box;
}

/** Texts go by this object from now on. */
export function usePlaces(binding) {
  ObjectDefineProperty(binding, PLACE, { __proto__: null, value: '', writable: true, enumerable: true, configurable: true });
  places = binding;
}

/** What a rehearsal does to bell and box is undone by what this returns. */
export function keepDoorbell() {
  const kept = { __proto__: null, bell, words, bytes, places };
  return () => {
    ({ bell, words, bytes, places } = kept);
  };
}

export function removeDoorbell() {
  bell = null;
  words = null;
  bytes = null;
  places = null;
}

function flush(size, more) {
  words[0] = size;
  words[1] = more;
  bell();
}

// Puts as much of `from` as there is room for behind what the box holds already; where the box ends then.
function fill(piece, from, at) {
  const size = MathMin(ROOM - at, TypedArrayPrototypeGetLength(piece) - from);
  TypedArrayPrototypeSet(bytes, from === 0 && size === TypedArrayPrototypeGetLength(piece) ? piece : TypedArrayPrototypeSubarray(piece, from, from + size), at);
  return at + size;
}

// The pieces go one by one: large ones are not copied into one first.
function send(pieces) {
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    const length = TypedArrayPrototypeGetLength(pieces[i]);
    for (let from = 0; from < length;) {
      if (at === ROOM) {
        flush(at, MORE);
        at = 0;
      }
      const end = fill(pieces[i], from, at);
      from += end - at;
      at = end;
    }
  }
  flush(at, WHOLE);
}

function receive() {
  const total = words[2];
  const headLength = words[3];
  const head = new Uint8Array(headLength);
  const data = new Uint8Array(total - headLength);
  for (let got = 0; ;) {
    const size = words[0];
    const ofHead = MathMin(size, MathMax(headLength - got, 0));
    if (ofHead > 0) TypedArrayPrototypeSet(head, TypedArrayPrototypeSubarray(bytes, 0, ofHead), got);
    if (size > ofHead) TypedArrayPrototypeSet(data, TypedArrayPrototypeSubarray(bytes, ofHead, size), got + ofHead - headLength);
    got += size;
    if (got >= total) return { __proto__: null, head: decodeUtf8(head), data };
    flush(0, MORE);
  }
}

// The answer to a short text; undefined when this host takes none.
function exchangeText(text) {
  places[PLACE] = text;
  words[0] = TEXT;
  bell();
  if (words[0] === TEXT) return { __proto__: null, head: places[PLACE], data: new Uint8Array(0) };
  if (words[2] > 0) return receive();
  places = null;
  return undefined;
}

function exchangeBytes(text, data) {
  const head = encodeUtf8(text);
  const pieces = [head];
  if (ArrayIsArray(data)) for (let i = 0; i < data.length; i++) ArrayPrototypePush(pieces, data[i]);
  else if (data !== undefined && data !== null) ArrayPrototypePush(pieces, data);
  words[3] = TypedArrayPrototypeGetLength(head);
  send(pieces);
  return receive();
}

/** One operation, with bytes or a list of them: `{head, data}`, the reply's JSON head and its bytes. */
export function ring(op, args, data) {
  if (bell === null || isBuilding()) throw new Error(`${op} needs the host, which is not there while a snapshot is built`);
  const text = wireJSON({ __proto__: null, op, args: args === undefined ? null : args });
  const short = places !== null && text.length <= MAX_TEXT && (data === undefined || data === null);
  return (short ? exchangeText(text) : undefined) ?? exchangeBytes(text, data);
}
