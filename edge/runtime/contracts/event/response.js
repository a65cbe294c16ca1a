// What a handler returned, as a response.  An object with `statusCode` says everything itself; anything else is a body
// of status 200: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads

import {
  ArrayBufferIsView,
  ArrayIsArray,
  ArrayPrototypePush,
  JSONStringify,
  NumberIsInteger,
  ObjectKeys,
  RegExpPrototypeExec,
  SafeArray,
  String,
  StringPrototypeToLowerCase,
  StringPrototypeToWellFormed,
  TypedArrayPrototypeGetLength,
  Uint8ArrayFromBase64,
} from '../../bootstrap/primordials.js';
import { BadResponse } from '../../bootstrap/failures.js';
import { utf8Length } from '../../encoding/utf8.js';
import { textComplaint, totalComplaint } from '../../http/limits.js';
import { isToken } from '../../http/syntax.js';

const FORBIDDEN = /[^\t\u0020-\u007e\u0080-\u00ff]/;

function typeName(value) {
  if (value === null) return 'null';
  return ArrayIsArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function checkStatus(status) {
  const code = typeof status === 'string' && status !== '' ? +status : status;
  if (!NumberIsInteger(code) || code < 200 || code > 599) {
    throw new BadResponse(`statusCode is ${typeof status === 'object' ? typeName(status) : String(status)}; it must be an integer from 200 to 599`);
  }
  return code;
}

function refuse(complaint, field) {
  if (complaint !== '') throw new BadResponse(`${field}: ${complaint}`);
}

// An array is several lines of one header; null and undefined are none.
function addHeaders(pairs, field, name, value) {
  if (value === undefined || value === null) return;
  if (!ArrayIsArray(value)) addHeader(pairs, field, name, value);
  else for (let i = 0; i < value.length; i++) addHeader(pairs, field, name, value[i]);
}

function addHeader(pairs, field, name, value) {
  refuse(textComplaint(name.length), field);
  if (!isToken(name)) throw new BadResponse(`${field} has a name that is no header name: ${JSONStringify(name)}`);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new BadResponse(`${field}[${JSONStringify(name)}] is ${typeName(value)}; it must be a string, a number or a boolean`);
  }
  const text = String(value);
  refuse(textComplaint(text.length), field);
  pairs.characters += name.length + text.length;
  refuse(totalComplaint(pairs.length + 1, pairs.characters), field);
  if (RegExpPrototypeExec(FORBIDDEN, text) !== null) throw new BadResponse(`${field}[${JSONStringify(name)}] has a character that a header cannot hold`);
  ArrayPrototypePush(pairs, [StringPrototypeToLowerCase(name), text]);
}

function entriesOf(answer, field) {
  const value = answer[field];
  if (value === undefined || value === null) return [];
  if (typeof value !== 'object' || ArrayIsArray(value)) throw new BadResponse(`${field} is ${typeName(value)}; it must be an object`);
  return ObjectKeys(value);
}

/** `[name, value]` pairs: multiValueHeaders, then the headers that they do not name, then cookies. */
function headersOf(answer) {
  const pairs = new SafeArray();
  pairs.characters = 0;
  const seen = { __proto__: null };
  const multi = entriesOf(answer, 'multiValueHeaders');
  for (let i = 0; i < multi.length; i++) {
    const values = answer.multiValueHeaders[multi[i]];
    if (values === undefined || values === null) continue;
    if (!ArrayIsArray(values)) throw new BadResponse(`multiValueHeaders[${JSONStringify(multi[i])}] is ${typeName(values)}; it must be an array`);
    addHeaders(pairs, 'multiValueHeaders', multi[i], values);
    seen[StringPrototypeToLowerCase(multi[i])] = true;
  }
  const single = entriesOf(answer, 'headers');
  for (let i = 0; i < single.length; i++) {
    const name = StringPrototypeToLowerCase(single[i]);
    const value = answer.headers[single[i]];
    if (value === undefined || value === null || seen[name]) continue;
    seen[name] = true;
    addHeaders(pairs, 'headers', single[i], value);
  }
  addCookies(answer, pairs);
  return { __proto__: null, headers: pairs, seen };
}

function addCookies(answer, pairs) {
  const { cookies } = answer;
  if (cookies === undefined || cookies === null) return;
  if (!ArrayIsArray(cookies)) throw new BadResponse(`cookies is ${typeName(cookies)}; it must be an array of strings`);
  for (let i = 0; i < cookies.length; i++) {
    if (typeof cookies[i] !== 'string') throw new BadResponse(`cookies[${i}] is ${typeName(cookies[i])}; it must be a string`);
    addHeader(pairs, 'cookies', 'set-cookie', cookies[i]);
  }
}

function bodyOf(answer) {
  const { body, isBase64Encoded } = answer;
  if (isBase64Encoded !== undefined && isBase64Encoded !== null && typeof isBase64Encoded !== 'boolean') {
    throw new BadResponse(`isBase64Encoded is ${typeName(isBase64Encoded)}; it must be a boolean`);
  }
  if (body === undefined || body === null) return '';
  if (ArrayBufferIsView(body)) throw new BadResponse('body is bytes; send them as base64 text with isBase64Encoded: true');
  if (isBase64Encoded && typeof body !== 'string') throw new BadResponse(`body is ${typeName(body)}; with isBase64Encoded it must be base64 text`);
  if (isBase64Encoded) return decodeBase64(body);
  if (typeof body === 'object') return JSONStringify(body);
  return StringPrototypeToWellFormed(String(body));
}

function decodeBase64(text) {
  try {
    return Uint8ArrayFromBase64(text);
  } catch {
    throw new BadResponse('body is not valid base64, though isBase64Encoded is true');
  }
}

function inferred(value) {
  let text;
  try {
    text = value === undefined ? 'null' : JSONStringify(value);
  } catch (error) {
    throw new BadResponse(`the handler's result cannot be made JSON: ${error.message}`);
  }
  if (text === undefined) throw new BadResponse(`the handler returned ${typeName(value)}; return a response object, or a value that has a JSON form`);
  return { __proto__: null, status: 200, headers: [['content-type', 'application/json']], body: typeof value === 'string' ? value : text };
}

/** `{status, headers, body}` of a handler's result; throws BadResponse that names what is wrong. */
export function interpret(result) {
  if (result === null || typeof result !== 'object' || ArrayIsArray(result) || result.statusCode === undefined) return sized(inferred(result));
  const status = checkStatus(result.statusCode);
  const { headers, seen } = headersOf(result);
  const body = bodyOf(result);
  if (!seen['content-type'] && body.length > 0) ArrayPrototypePush(headers, ['content-type', 'application/json']);
  return sized({ __proto__: null, status, headers, body });
}

/** `{status, headers}` of a response whose body is streamed; `type` is its content type when it names none. */
export function headOf(answer, type) {
  const status = checkStatus(answer.statusCode);
  const { headers, seen } = headersOf(answer);
  if (!seen['content-type']) ArrayPrototypePush(headers, ['content-type', type]);
  return { __proto__: null, status, headers: withoutFraming(headers) };
}

// The length is what the body has; the framing is the gateway's.
function withoutFraming(headers) {
  const kept = [];
  for (let i = 0; i < headers.length; i++) {
    const name = headers[i][0];
    if (name !== 'content-length' && name !== 'transfer-encoding' && name !== 'connection') ArrayPrototypePush(kept, headers[i]);
  }
  return kept;
}

function sized(response) {
  const { status, body } = response;
  const kept = withoutFraming(response.headers);
  const size = typeof body === 'string' ? utf8Length(body) : TypedArrayPrototypeGetLength(body);
  if (status !== 204 && status !== 304) ArrayPrototypePush(kept, ['content-length', String(size)]);
  return { __proto__: null, status, headers: kept, body, size };
}
