// Reading and parsing the request's body by its content type, as Express's body parsers do.

import {
  ArrayPrototypePush,
  JSONParse,
  ObjectKeys,
  RegExpPrototypeExec,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  StringPrototypeToUpperCase,
  TypedArrayPrototypeGetLength,
  Uint8Array,
} from '../../bootstrap/primordials.js';
import { concatenate } from '../../bootstrap/bytes.js';
import { decodeUtf8, latin1Of } from '../../encoding/utf8.js';
import { parse as parseQuery } from '../../node/internal/query.js';
import { httpError } from './errors.js';
import { define } from './message/lazy_property.js';
import { charsetOf, essence, typeIs } from './media_type.js';

const BOM = '\ufeff';
const MAX_FIELDS = 1000;
// What only a parser of nested names reads as Express does.
const NESTED = /\[|%5b|(?:^|&)=|%(?![0-9a-f]{2})/i;
const LATIN1 = { __proto__: null, 'iso-8859-1': true, latin1: true, 'us-ascii': true, ascii: true, 'windows-1252': true };

/** `{bytes}`: all of the body; reads what has not come yet. */
export async function readBody(invocation) {
  const first = invocation.request.body;
  if (!invocation.request.more) return { __proto__: null, bytes: first ?? new Uint8Array(0) };
  const chunks = first === null ? [] : [first];
  for (let { chunk } = await invocation.read(); chunk !== null; { chunk } = await invocation.read()) ArrayPrototypePush(chunks, chunk);
  return { __proto__: null, bytes: concatenate(chunks) };
}

function decode(bytes, type) {
  const charset = charsetOf(type) ?? 'utf-8';
  if (charset === 'utf-8' || charset === 'utf8') {
    const text = decodeUtf8(bytes);
    return StringPrototypeStartsWith(text, BOM) ? StringPrototypeSlice(text, 1) : text;
  }
  return LATIN1[charset] ? latin1Of(bytes) : decodeOther(bytes, charset);
}

function decodeOther(bytes, charset) {
  const { TextDecoder } = import('../../encoding/index.js');
  let decoder;
  try {
    decoder = new TextDecoder(charset);
  } catch {
    throw httpError(415, `unsupported charset "${StringPrototypeToUpperCase(charset)}"; send the body in utf-8`);
  }
  return decoder.decode(bytes);
}

function parseJson(text) {
  try {
    return JSONParse(text);
  } catch (error) {
    throw httpError(400, `the request's body is not valid JSON: ${error.message}`);
  }
}

function countFields(text) {
  let count = 1;
  for (let at = StringPrototypeIndexOf(text, '&'); at >= 0; at = StringPrototypeIndexOf(text, '&', at + 1)) count++;
  if (count > MAX_FIELDS) throw httpError(413, `the form has ${count} fields, over the limit of ${MAX_FIELDS}`);
  return count;
}

function parseForm(text) {
  const count = countFields(text);
  if (RegExpPrototypeExec(NESTED, text) !== null) return import('./form.js').parseNested(text, count, MAX_FIELDS);
  const fields = parseQuery(text);
  const form = {};
  const names = ObjectKeys(fields);
  for (let i = 0; i < names.length; i++) define(form, names[i], fields[names[i]]);
  return form;
}

const isParsed = (type) => typeIs(type, ['application/json', '+json', 'urlencoded', 'text/*']) !== false;

/**
 * The value of req.body: JSON's value, the fields of a form, a string for text, a Buffer for all else, `{}` when empty.
 *
 * @param {(bytes: Uint8Array) => Buffer} toBuffer
 * @throws an error with `status` 400, 413 or 415 when the body is not what its headers say
 */
export function parseBody(bytes, headers, toBuffer) {
  if (TypedArrayPrototypeGetLength(bytes) === 0) return {};
  const type = headers['content-type'] ?? '';
  if (!isParsed(type)) return toBuffer(bytes);
  const encoding = headers['content-encoding'];
  const plain = encoding === undefined || encoding === 'identity' ? bytes : import('./inflate.js').inflate(bytes, encoding);
  if (TypedArrayPrototypeGetLength(plain) === 0) return {};
  const text = decode(plain, type);
  if (essence(type) === 'application/x-www-form-urlencoded') return parseForm(text);
  return StringPrototypeStartsWith(essence(type), 'text/') ? text : parseJson(text);
}
