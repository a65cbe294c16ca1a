// Text and bytes in the encodings that Buffer knows: https://nodejs.org/api/buffer.html#buffers-and-character-encodings

import {
  ArrayPrototypeJoin,
  ArrayPrototypePush,
  MathMin,
  NumberParseInt,
  ReflectApply,
  RegExpPrototypeExec,
  RegExpPrototypeSymbolReplace,
  StringFromCharCode,
  StringPrototypeCharCodeAt,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeSubstring,
  StringPrototypeToLowerCase,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSubarray,
  Uint8Array,
  Uint8ArrayFromBase64,
  Uint8ArrayFromHex,
  Uint8ArrayPrototypeToBase64,
  Uint8ArrayPrototypeToHex,
} from '../../../bootstrap/primordials.js';
import { decodeUtf8, encodeUtf8, encodeUtf8Into, latin1Of, utf8Length } from '../../../encoding/utf8.js';

const NAMES = {
  __proto__: null, utf8: 'utf8', 'utf-8': 'utf8', ucs2: 'utf16le', 'ucs-2': 'utf16le', utf16le: 'utf16le', 'utf-16le': 'utf16le', latin1: 'latin1',
  binary: 'latin1', ascii: 'ascii', hex: 'hex', base64: 'base64', base64url: 'base64url',
};
const SLICE = 8192;
const BASE64_NOISE = /[^A-Za-z0-9+/]/g;
const URL_MINUS = /-/g;
const URL_LINE = /_/g;
const HEX_PAIR = /^[0-9a-fA-F]{2}$/;
const URL_ALPHABET = { __proto__: null, alphabet: 'base64url', omitPadding: true };
const LOOSE = { __proto__: null, alphabet: 'base64', lastChunkHandling: 'loose' };

/** The one name of an encoding; undefined for an unknown one. */
export function encodingName(encoding) {
  if (encoding === undefined || encoding === null || encoding === '') return 'utf8';
  const text = `${encoding}`;
  return NAMES[text] ?? NAMES[StringPrototypeToLowerCase(text)];
}

function latin1Bytes(text) {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = StringPrototypeCharCodeAt(text, i);
  return bytes;
}

function utf16Bytes(text) {
  const bytes = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = StringPrototypeCharCodeAt(text, i);
    bytes[2 * i] = unit;
    bytes[2 * i + 1] = unit >> 8;
  }
  return bytes;
}

/** Either alphabet, with or without padding; what is no base64 is skipped, and "=" ends it. */
function base64Bytes(text) {
  try {
    return Uint8ArrayFromBase64(text, LOOSE);
  } catch {
    return Uint8ArrayFromBase64(cleanBase64(text), LOOSE);
  }
}

function cleanBase64(text) {
  const end = StringPrototypeIndexOf(text, '=');
  let clean = end < 0 ? text : StringPrototypeSlice(text, 0, end);
  clean = RegExpPrototypeSymbolReplace(URL_LINE, RegExpPrototypeSymbolReplace(URL_MINUS, clean, '+'), '/');
  clean = RegExpPrototypeSymbolReplace(BASE64_NOISE, clean, '');
  return clean.length % 4 === 1 ? StringPrototypeSlice(clean, 0, -1) : clean;
}

/** Hexadecimal up to the first pair that is none. */
function hexBytes(text) {
  const even = text.length % 2 === 0 ? text : StringPrototypeSlice(text, 0, -1);
  try {
    return Uint8ArrayFromHex(even);
  } catch {
    const bytes = [];
    for (let i = 0; i < even.length; i += 2) {
      const pair = StringPrototypeSubstring(even, i, i + 2);
      if (RegExpPrototypeExec(HEX_PAIR, pair) === null) break;
      ArrayPrototypePush(bytes, NumberParseInt(pair, 16));
    }
    return new Uint8Array(bytes);
  }
}

const ENCODE = {
  __proto__: null, utf8: encodeUtf8, utf16le: utf16Bytes, latin1: latin1Bytes, ascii: latin1Bytes, hex: hexBytes, base64: base64Bytes, base64url: base64Bytes,
};

/** The bytes of a text, in an array of their own.  `encoding` is a name of encodingName. */
export function encode(text, encoding) {
  return ENCODE[encoding](text);
}

function asciiText(bytes) {
  const low = new Uint8Array(TypedArrayPrototypeGetLength(bytes));
  for (let i = 0; i < low.length; i++) low[i] = bytes[i] & 0x7f;
  return latin1Of(low);
}

function utf16Text(bytes) {
  const count = TypedArrayPrototypeGetLength(bytes) >> 1;
  const parts = [];
  for (let start = 0; start < count; start += SLICE) {
    const end = MathMin(start + SLICE, count);
    const units = [];
    for (let i = start; i < end; i++) ArrayPrototypePush(units, bytes[2 * i] | (bytes[2 * i + 1] << 8));
    ArrayPrototypePush(parts, ReflectApply(StringFromCharCode, undefined, units));
  }
  return ArrayPrototypeJoin(parts, '');
}

const DECODE = {
  __proto__: null,
  utf8: (bytes) => decodeUtf8(bytes),
  utf16le: utf16Text,
  latin1: (bytes) => (TypedArrayPrototypeGetLength(bytes) === 0 ? '' : latin1Of(bytes)),
  ascii: asciiText,
  hex: (bytes) => Uint8ArrayPrototypeToHex(bytes),
  base64: (bytes) => Uint8ArrayPrototypeToBase64(bytes),
  base64url: (bytes) => Uint8ArrayPrototypeToBase64(bytes, URL_ALPHABET),
};

/** The text of `bytes[start..end]`. */
export function decode(bytes, encoding, start = 0, end = TypedArrayPrototypeGetLength(bytes)) {
  return DECODE[encoding](plain(bytes, start, end));
}

// A plain view: `subarray` of a Buffer would ask its class.
function plain(bytes, start, end) {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}

/** The number of bytes of a text, without making them where that is possible. */
export function encodedLength(text, encoding) {
  switch (encoding) {
    case 'utf8':
      return utf8Length(text);
    case 'utf16le':
      return text.length * 2;
    case 'hex':
      return text.length >>> 1;
    case 'base64':
    case 'base64url':
      return base64Length(text);
    default:
      return text.length;
  }
}

const PADDING = 61;

function base64Length(text) {
  let { length } = text;
  if (length > 0 && StringPrototypeCharCodeAt(text, length - 1) === PADDING) length--;
  if (length > 1 && StringPrototypeCharCodeAt(text, length - 1) === PADDING) length--;
  return (length * 3) >>> 2;
}

/** Writes whole characters of `text` into `target[offset..offset + length]`; the number of bytes written. */
export function writeText(target, text, offset, length, encoding) {
  const room = TypedArrayPrototypeSubarray(plain(target, 0, TypedArrayPrototypeGetLength(target)), offset, offset + length);
  if (encoding === 'utf8') return encodeUtf8Into(text, room).written;
  const bytes = encode(text, encoding);
  let count = MathMin(bytes.length, room.length);
  if (encoding === 'utf16le') count &= ~1;
  for (let i = 0; i < count; i++) room[i] = bytes[i];
  return count;
}
