// Synchronous host calls: bytes in shared memory, and a callback as doorbell.  The other side is
// edge/engine/mailbox.py, which describes the layout.  Bell and box live in this module's closure only.

import {
  Error, MathMin, Int32Array, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, Uint8Array, wireJSON,
} from './primordials.js';
import { decodeUtf8, encodeUtf8 } from './utf8.js';
import { isBuilding } from './state.js';

const BOX_BYTES = 65536;
const HEADER_BYTES = 16;
const ROOM = BOX_BYTES - HEADER_BYTES;
const WHOLE = 0;
const MORE = 1;

let bell = null;
let words = null;
let bytes = null;

/** Called once by the host: takes the bell, gives the box, a `Buffer` of shared memory. */
export function installDoorbell(callback, Buffer) {
  const box = new Buffer(BOX_BYTES);
  bell = callback;
  words = new Int32Array(box, 0, HEADER_BYTES / 4);
  bytes = new Uint8Array(box, HEADER_BYTES);
  return box;
}

export function removeDoorbell() {
  bell = null;
  words = null;
  bytes = null;
}

function send(payload) {
  const total = TypedArrayPrototypeGetLength(payload);
  let sent = 0;
  do {
    const size = MathMin(ROOM, total - sent);
    TypedArrayPrototypeSet(bytes, TypedArrayPrototypeSubarray(payload, sent, sent + size));
    sent += size;
    words[0] = size;
    words[1] = sent < total ? MORE : WHOLE;
    bell();
  } while (sent < total);
}

function receive() {
  const total = words[2];
  const reply = new Uint8Array(total);
  let got = 0;
  for (;;) {
    const size = words[0];
    TypedArrayPrototypeSet(reply, TypedArrayPrototypeSubarray(bytes, 0, size), got);
    got += size;
    if (got >= total) return reply;
    words[0] = 0;
    words[1] = MORE;
    bell();
  }
}

/** One operation: `{head, data}`, the reply's JSON head and its bytes. */
export function ring(op, args, data) {
  if (bell === null || isBuilding()) throw new Error(`${op} needs the host, which is not there while a snapshot is built`);
  const head = encodeUtf8(wireJSON({ __proto__: null, op, args: args === undefined ? null : args }));
  const headLength = TypedArrayPrototypeGetLength(head);
  const body = data === undefined || data === null ? 0 : TypedArrayPrototypeGetLength(data);
  const payload = new Uint8Array(headLength + body);
  TypedArrayPrototypeSet(payload, head);
  if (body > 0) TypedArrayPrototypeSet(payload, data, headLength);
  words[3] = headLength;
  send(payload);
  const replyHead = words[3];
  const reply = receive();
  return { __proto__: null, head: decodeUtf8(TypedArrayPrototypeSubarray(reply, 0, replyHead)), data: TypedArrayPrototypeSlice(reply, replyHead) };
}
