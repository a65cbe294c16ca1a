// What is stored, as JavaScript values.

import { JSONParse, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeSlice, TypeError, Uint8Array } from '../bootstrap/primordials.js';
import { encodeUtf8, utf8Text } from '../encoding/index.js';
import { byteStream } from '../streams/index.js';
import { describe } from '../webidl/index.js';

/** The type that a user asks for, undefined for "as it was stored"; `options` is the type or has it. */
export function typeOf(options, method) {
  const type = typeof options === 'object' && options !== null ? options.type : options;
  switch (type) {
    case undefined: case null: return undefined;
    case 'text': case 'json': case 'arrayBuffer': case 'stream': return type;
    default: throw new TypeError(`kv.${method}: type must be "text", "json", "arrayBuffer" or "stream" (got ${typeof type === 'string' ? `"${type}"` : describe(type)})`);
  }
}

// The text of a JSON string is the string.
function textOf(entry, data) {
  if (entry.kind === 'bytes') return utf8Text(data);
  return entry.kind === 'json' && entry.text[0] === '"' ? JSONParse(entry.text) : entry.text;
}

function jsonOf(entry, data) {
  return JSONParse(entry.kind === 'bytes' ? utf8Text(data) : entry.text);
}

// Whatever this returns has a buffer that nobody else sees.
function bytesOf(entry, data) {
  return TypedArrayPrototypeSlice(entry.kind === 'bytes' ? data : encodeUtf8(textOf(entry, data)));
}

function streamOf(bytes) {
  let left = bytes;
  return byteStream(() => {
    const chunk = left;
    left = null;
    return { __proto__: null, chunk };
  });
}

function asStored(entry, data) {
  if (entry.kind === 'bytes') return TypedArrayPrototypeGetBuffer(bytesOf(entry, data));
  return entry.kind === 'json' ? JSONParse(entry.text) : entry.text;
}

/** The value of `{kind, text}` and the bytes beside it. */
export function valueOf(entry, data, type) {
  const bytes = entry.kind === 'bytes' ? data ?? new Uint8Array(0) : undefined;
  switch (type) {
    case 'text': return textOf(entry, bytes);
    case 'json': return jsonOf(entry, bytes);
    case 'arrayBuffer': return TypedArrayPrototypeGetBuffer(bytesOf(entry, bytes));
    case 'stream': return streamOf(bytesOf(entry, bytes));
    default: return asStored(entry, bytes);
  }
}
