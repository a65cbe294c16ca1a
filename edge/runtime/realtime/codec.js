// Arguments of events as JSON, with binary ones beside it: placeholders stand for them, as in Socket.IO's protocol.

import {
  ArrayPrototypePush, JSONParse, JSONStringify, SafeArray, SafeArrayPush, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet,
  TypedArrayPrototypeSlice, TypeError, Uint8Array,
} from '../bootstrap/primordials.js';
import { isObject, viewOf } from '../webidl/index.js';

/** `{payload, sizes, data}` of an array of arguments. */
export function pack(args, what) {
  const pieces = new SafeArray();
  const sizes = [];
  let total = 0;
  // toJSON has been called by the time that a value is seen: the holder still has what it was.
  const payload = JSONStringify(args, function replace(key, value) {
    const bytes = viewOf(this[key]);
    if (bytes === null) return value;
    const num = pieces.length;
    SafeArrayPush(pieces, bytes);
    ArrayPrototypePush(sizes, TypedArrayPrototypeGetLength(bytes));
    total += sizes[num];
    return { _placeholder: true, num };
  });
  if (payload === undefined) throw new TypeError(`${what}: the arguments have no JSON form`);
  if (pieces.length === 0) return { __proto__: null, payload, sizes, data: undefined };
  const data = new Uint8Array(total);
  let at = 0;
  for (let i = 0; i < pieces.length; i++) {
    TypedArrayPrototypeSet(data, pieces[i], at);
    at += sizes[i];
  }
  return { __proto__: null, payload, sizes, data };
}

/** The arguments; binary ones are Buffers. */
export function unpack(payload, sizes, data) {
  if (sizes.length === 0) return JSONParse(payload);
  const { bufferOver } = import('../node/internal/buffer/class.js');
  const parts = new SafeArray();
  let at = 0;
  for (let i = 0; i < sizes.length; i++) {
    const bytes = TypedArrayPrototypeSlice(data, at, at + sizes[i]);
    SafeArrayPush(parts, bufferOver(bytes));
    at += sizes[i];
  }
  // Clients number the parts: what is no number of one stays as it is.
  const isPart = (value) => isObject(value) && value._placeholder === true && typeof value.num === 'number' && parts[value.num] !== undefined;
  return JSONParse(payload, (_, value) => (isPart(value) ? parts[value.num] : value));
}
