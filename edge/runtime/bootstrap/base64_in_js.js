// Base64 and hexadecimal while a package is built, when V8's are not there: packages unpack tables at their top level.
// https://tc39.es/proposal-arraybuffer-base64/spec/

import {
  NumberParseInt, NumberPrototypeToString, RegExpPrototypeExec, RegExpPrototypeSymbolReplace, StringPrototypeCharCodeAt, StringPrototypeIndexOf, StringPrototypeSlice,
  SyntaxError, TypedArrayPrototypeGetLength, Uint8Array,
} from './primordials.js';

const COMMON = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const WHITESPACE = /[\t\n\f\r ]+/g;
const BASE64 = /^[A-Za-z0-9+/]*(={0,2})$/;
const BASE64URL = /^[A-Za-z0-9_-]*(={0,2})$/;
const HEX = /^(?:[0-9A-Fa-f]{2})*$/;

function isUrl(options) {
  return options?.alphabet === 'base64url';
}

/** As Uint8Array.fromBase64 with its `loose` end. */
export function fromBase64(text, options) {
  const clean = RegExpPrototypeSymbolReplace(WHITESPACE, text, '');
  const match = RegExpPrototypeExec(isUrl(options) ? BASE64URL : BASE64, clean);
  const padding = match === null ? 0 : match[1].length;
  const length = clean.length - padding;
  if (match === null || length % 4 === 1 || (padding > 0 && (length + padding) % 4 !== 0)) throw new SyntaxError('The string is not base64');
  return bytesOf(clean, length, isUrl(options) ? `${COMMON}-_` : `${COMMON}+/`);
}

function bytesOf(text, length, alphabet) {
  const values = new Uint8Array(128);
  for (let i = 0; i < 64; i++) values[StringPrototypeCharCodeAt(alphabet, i)] = i;
  const bytes = new Uint8Array((length * 3) >> 2);
  let bits = 0;
  for (let i = 0, at = 0; i < length; i++) {
    bits = (bits << 6) | values[StringPrototypeCharCodeAt(text, i)];
    if (i % 4 !== 0) bytes[at++] = bits >> (6 - 2 * (i % 4));
  }
  return bytes;
}

/** As Uint8Array.prototype.toBase64. */
export function toBase64(bytes, options) {
  const alphabet = isUrl(options) ? `${COMMON}-_` : `${COMMON}+/`;
  const length = TypedArrayPrototypeGetLength(bytes);
  let text = '';
  for (let i = 0; i < length; i += 3) {
    const bits = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    for (let j = 0; j < 4; j++) text += i + j > length ? '=' : alphabet[(bits >> (18 - 6 * j)) & 63];
  }
  if (!options?.omitPadding) return text;
  const end = StringPrototypeIndexOf(text, '=');
  return end < 0 ? text : StringPrototypeSlice(text, 0, end);
}

/** As Uint8Array.fromHex. */
export function fromHex(text) {
  if (RegExpPrototypeExec(HEX, text) === null) throw new SyntaxError('The string is not hexadecimal');
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = NumberParseInt(StringPrototypeSlice(text, 2 * i, 2 * i + 2), 16);
  return bytes;
}

/** As Uint8Array.prototype.toHex. */
export function toHex(bytes) {
  let text = '';
  for (let i = 0; i < TypedArrayPrototypeGetLength(bytes); i++) text += (bytes[i] < 16 ? '0' : '') + NumberPrototypeToString(bytes[i], 16);
  return text;
}
