// The head of an HTTP/1.1 message as text, and how its body is framed: https://www.rfc-editor.org/rfc/rfc9112#section-6

import { ArrayIsArray, ArrayPrototypeJoin, DatePrototypeToUTCString, Date, RegExpPrototypeExec } from '../../../bootstrap/primordials.js';
import { impure } from '../../../bootstrap/host.js';
import { invalidTrailer } from './errors.js';
import { keyOf } from './header_list.js';
import { validateHeaderName, validateHeaderValue } from './validate.js';

const CHUNKED = /(?:^|\W)chunked(?:$|\W)/i;
const CLOSE = /(?:^|\W)close(?:$|\W)/i;

/** The text of a date header. */
export function dateText() {
  impure('the clock');
  return DatePrototypeToUTCString(new Date());
}

// What the headers that a message was given say of its framing.
function note(message, seen, key, value) {
  if (key === 'connection') {
    seen.connection = true;
    message._removedConnection = false;
    if (RegExpPrototypeExec(CLOSE, value) !== null) message._last = true;
    else message.shouldKeepAlive = true;
  } else if (key === 'transfer-encoding') {
    seen.encoding = true;
    message._removedTE = false;
    if (RegExpPrototypeExec(CHUNKED, value) !== null) message.chunkedEncoding = true;
  } else if (key === 'content-length') {
    seen.length = true;
    message._contentLength = +value;
    message._removedContLen = false;
  } else if (key === 'date' || key === 'expect' || key === 'trailer' || key === 'keep-alive') seen[key] = true;
}

function lines(message, seen, pairs, validate) {
  let text = '';
  for (let i = 0; i < pairs.length; i++) {
    const name = pairs[i][0];
    const value = pairs[i][1];
    if (validate) validateHeaderName(name);
    const key = keyOf(name);
    // Cookies of a request belong on one line.
    const values = !ArrayIsArray(value) ? [value] : key === 'cookie' ? [ArrayPrototypeJoin(value, '; ')] : value;
    for (let at = 0; at < values.length; at++) {
      if (validate) validateHeaderValue(name, values[at]);
      text += `${name}: ${values[at]}\r\n`;
      note(message, seen, key, `${values[at]}`);
    }
  }
  return text;
}

function connectionLines(message, seen) {
  if (message._removedConnection) {
    message._last = !message.shouldKeepAlive;
    return '';
  }
  if (seen.connection) return '';
  const keep = message.shouldKeepAlive && (seen.length || message.useChunkedEncodingByDefault || message.agent);
  if (!keep) {
    message._last = true;
    return 'Connection: close\r\n';
  }
  const timeout = message._keepAliveTimeout && message._defaultKeepAlive && !seen['keep-alive'] ? `Keep-Alive: timeout=${(message._keepAliveTimeout / 1000) | 0}\r\n` : '';
  return `Connection: keep-alive\r\n${timeout}`;
}

function framingLines(message, seen) {
  if (seen.length || seen.encoding) return '';
  if (!message._hasBody) {
    message.chunkedEncoding = false;
    return '';
  }
  if (!message.useChunkedEncodingByDefault) message._last = true;
  else if (!seen.trailer && !message._removedContLen && typeof message._contentLength === 'number') return `Content-Length: ${message._contentLength}\r\n`;
  else if (!message._removedTE) {
    message.chunkedEncoding = true;
    return 'Transfer-Encoding: chunked\r\n';
  } else message._last = true;
  return '';
}

/** The whole head; sets how the message's body is framed. `seen.expect` says that the head must go out alone. */
export function headText(message, firstLine, pairs, validate) {
  const seen = { __proto__: null, connection: false, encoding: false, length: false };
  let text = firstLine + lines(message, seen, pairs, validate);
  if (message.sendDate && !seen.date) text += `Date: ${dateText()}\r\n`;
  const bodiless = message.statusCode === 204 || message.statusCode === 304;
  if (message.chunkedEncoding && bodiless) {
    message.chunkedEncoding = false;
    message.shouldKeepAlive = false;
  }
  text += connectionLines(message, seen) + framingLines(message, seen);
  if (!message.chunkedEncoding && seen.trailer) throw invalidTrailer();
  return { __proto__: null, text: `${text}\r\n`, expects: seen.expect === true };
}
