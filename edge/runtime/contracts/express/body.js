// Reading and parsing the request's body by its content type, as Express's body parsers do.

import {
  ArrayPrototypePush,
  JSONParse,
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
import { charsetOf, essence, typeIs } from './media_type.js';

const BOM = '\ufeff';
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
  if (LATIN1[charset]) return latin1Of(bytes);
  throw httpError(415, `unsupported charset "${StringPrototypeToUpperCase(charset)}"; send the body in utf-8`);
}

function parseJson(text) {
  try {
    return JSONParse(text);
  } catch (error) {
    throw httpError(400, `the request's body is not valid JSON: ${error.message}`);
  }
}

/**
 * The value of req.body: JSON's value, the fields of a form, a string for text, a Buffer for all else, `{}` when empty.
 *
 * @param {(bytes: Uint8Array) => Buffer} toBuffer
 * @throws an error with `status` 400 or 415 when the body is not what its headers say
 */
export function parseBody(bytes, headers, toBuffer) {
  if (TypedArrayPrototypeGetLength(bytes) === 0) return {};
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return toBuffer(bytes);
  const type = headers['content-type'] ?? '';
  if (typeIs(type, ['application/json', '+json'])) return parseJson(decode(bytes, type));
  if (essence(type) === 'application/x-www-form-urlencoded') return parseQuery(decode(bytes, type));
  if (StringPrototypeStartsWith(essence(type), 'text/')) return decode(bytes, type);
  return toBuffer(bytes);
}
