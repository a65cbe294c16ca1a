// MIME types: https://mimesniff.spec.whatwg.org/#parsing-a-mime-type

import { ArrayPrototypePush, RegExpPrototypeExec, StringPrototypeIndexOf, StringPrototypeReplaceAll, StringPrototypeSlice } from '../bootstrap/primordials.js';
import { asciiLowerCase, trimHttpWhitespace } from '../webidl/index.js';
import { isToken } from './headers.js';

export const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function endOf(text, characters, from) {
  let at = from;
  while (at < text.length && StringPrototypeIndexOf(characters, text[at]) < 0) at += 1;
  return at;
}

/** A quoted string that begins at `from`: `{value, end}`. https://fetch.spec.whatwg.org/#collect-an-http-quoted-string */
function quotedString(text, from) {
  let value = '';
  let at = from + 1;
  for (; at < text.length && text[at] !== '"'; at++) {
    if (text[at] === '\\' && at + 1 < text.length) at += 1;
    value += text[at];
  }
  return { __proto__: null, value, end: at + 1 };
}

/** `{essence, parameters: [[name, value]]}`, or null. */
export function parseMimeType(input) {
  const text = trimHttpWhitespace(input);
  const slash = StringPrototypeIndexOf(text, '/');
  if (slash <= 0) return null;
  let at = endOf(text, ';', slash);
  const type = StringPrototypeSlice(text, 0, slash);
  const subtype = withoutTrailing(StringPrototypeSlice(text, slash + 1, at));
  if (!isToken(type) || !isToken(subtype)) return null;
  const mime = { __proto__: null, essence: asciiLowerCase(`${type}/${subtype}`), parameters: [] };
  while (at < text.length) at = readParameter(text, at + 1, mime.parameters);
  return mime;
}

function readParameter(text, from, parameters) {
  let at = endOf(text, ';=', from);
  const name = asciiLowerCase(withoutLeading(StringPrototypeSlice(text, from, at)));
  if (at >= text.length || text[at] === ';') return at;
  at += 1;
  let value;
  if (text[at] === '"') {
    const quoted = quotedString(text, at);
    value = quoted.value;
    at = endOf(text, ';', quoted.end);
  } else {
    const end = endOf(text, ';', at);
    value = withoutTrailing(StringPrototypeSlice(text, at, end));
    at = end;
    if (value === '') return at;
  }
  if (isToken(name) && RegExpPrototypeExec(FIELD_VALUE, value) !== null && parameter(parameters, name) === undefined) {
    ArrayPrototypePush(parameters, [name, value]);
  }
  return at;
}

function isSpace(character) {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n';
}

function withoutLeading(text) {
  let at = 0;
  while (isSpace(text[at])) at += 1;
  return StringPrototypeSlice(text, at);
}

function withoutTrailing(text) {
  let end = text.length;
  while (isSpace(text[end - 1])) end -= 1;
  return StringPrototypeSlice(text, 0, end);
}

function parameter(parameters, name) {
  for (let i = 0; i < parameters.length; i++) if (parameters[i][0] === name) return parameters[i][1];
  return undefined;
}

export function mimeParameter(mime, name) {
  return parameter(mime.parameters, name);
}

export function serializeMimeType(mime) {
  let text = mime.essence;
  for (let i = 0; i < mime.parameters.length; i++) {
    const value = mime.parameters[i][1];
    text += `;${mime.parameters[i][0]}=${isToken(value) ? value : `"${StringPrototypeReplaceAll(StringPrototypeReplaceAll(value, '\\', '\\\\'), '"', '\\"')}"`}`;
  }
  return text;
}

// The values of a list header, split at commas outside quotes.
function splitValues(text) {
  const values = [];
  let start = 0;
  let at = endOf(text, '",', 0);
  while (at < text.length) {
    if (text[at] === ',') {
      ArrayPrototypePush(values, StringPrototypeSlice(text, start, at));
      at += 1;
      start = at;
    } else at = quotedString(text, at).end;
    at = endOf(text, '",', at);
  }
  ArrayPrototypePush(values, StringPrototypeSlice(text, start));
  return values;
}

/** The MIME type that content-type headers give, or null: https://fetch.spec.whatwg.org/#concept-header-extract-mime-type */
export function extractMimeType(header) {
  if (header === null) return null;
  const values = splitValues(header);
  let charset;
  let mime = null;
  for (let i = 0; i < values.length; i++) {
    const next = parseMimeType(values[i]);
    if (next === null || next.essence === '*/*') continue;
    const own = mimeParameter(next, 'charset');
    if (mime === null || next.essence !== mime.essence) charset = own;
    else if (own === undefined && charset !== undefined) ArrayPrototypePush(next.parameters, ['charset', charset]);
    mime = next;
  }
  return mime;
}
