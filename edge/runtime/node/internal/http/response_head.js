// The head of a response, read strictly: https://www.rfc-editor.org/rfc/rfc9112#section-4
//
// Two readers that take one message for two different ones are how answers are smuggled, so nothing is guessed here: no
// bare CR or LF, no folded lines, no blank before a colon, one length.

import {
  ArrayPrototypePush, Error, Number, RegExpPrototypeExec, StringPrototypeCharCodeAt, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeSplit, StringPrototypeToLowerCase,
} from '../../../bootstrap/primordials.js';
import { isToken } from '../../../http/syntax.js';

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const MAX_FIELDS = 2000;

/** An error as those of Node's parser. */
export function parseError(code, reason) {
  const error = new Error(`Parse Error: ${reason}`);
  error.code = code;
  error.reason = reason;
  return error;
}

const isBlank = (code) => code === 0x20 || code === 0x09;

function trimmed(text) {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(StringPrototypeCharCodeAt(text, start))) start++;
  while (end > start && isBlank(StringPrototypeCharCodeAt(text, end - 1))) end--;
  return StringPrototypeSlice(text, start, end);
}

function isValue(text) {
  for (let i = 0; i < text.length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return false;
  }
  return true;
}

/** Names and values in turn. */
export function parseFields(lines, from) {
  const fields = [];
  for (let i = from; i < lines.length; i++) {
    const colon = StringPrototypeIndexOf(lines[i], ':');
    const name = colon < 0 ? '' : StringPrototypeSlice(lines[i], 0, colon);
    if (!isToken(name)) throw parseError('HPE_INVALID_HEADER_TOKEN', 'Invalid header token');
    const value = trimmed(StringPrototypeSlice(lines[i], colon + 1));
    if (!isValue(value)) throw parseError('HPE_INVALID_HEADER_TOKEN', 'Invalid header value char');
    if (fields.length >= 2 * MAX_FIELDS) throw parseError('HPE_HEADER_OVERFLOW', 'Too many headers');
    ArrayPrototypePush(fields, name, value);
  }
  return fields;
}

function lengthOf(value, before) {
  if (RegExpPrototypeExec(/^\d{1,15}$/, value) === null) throw parseError('HPE_INVALID_CONTENT_LENGTH', 'Invalid character in Content-Length');
  const length = Number(value);
  if (before !== null && before !== length) throw parseError('HPE_UNEXPECTED_CONTENT_LENGTH', 'Content-Length can\'t be present twice');
  return length;
}

/** How the body is framed: `{chunked, length, close, upgrade}`; no length and no chunks: until the end. */
function framing(fields, minor) {
  let length = null;
  let codings = '';
  let connection = '';
  let upgrade = '';
  for (let i = 0; i < fields.length; i += 2) {
    const name = StringPrototypeToLowerCase(fields[i]);
    if (name === 'content-length') length = lengthOf(fields[i + 1], length);
    else if (name === 'transfer-encoding') codings += `,${StringPrototypeToLowerCase(fields[i + 1])}`;
    else if (name === 'connection') connection += `,${StringPrototypeToLowerCase(fields[i + 1])}`;
    else if (name === 'upgrade') upgrade = fields[i + 1];
  }
  if (codings !== '' && length !== null) throw parseError('HPE_INVALID_TRANSFER_ENCODING', "Content-Length can't be present with Transfer-Encoding");
  const chunked = RegExpPrototypeExec(/,[\t ]*chunked[\t ]*$/, codings) !== null;
  if (codings !== '' && (minor === 0 || RegExpPrototypeExec(/chunked.*chunked/, codings) !== null)) throw parseError('HPE_INVALID_TRANSFER_ENCODING', 'Invalid `Transfer-Encoding` header value');
  const says = (word) => RegExpPrototypeExec(word, connection) !== null;
  const close = says(/,[\t ]*close[\t ]*(?:,|$)/) || (minor === 0 && !says(/,[\t ]*keep-alive[\t ]*(?:,|$)/));
  return { __proto__: null, chunked, coded: codings !== '', length, close, upgrade: upgrade !== '' && says(/,[\t ]*upgrade[\t ]*(?:,|$)/) };
}

/** The head in `text`, which ends before the empty line. */
export function parseHead(text) {
  const lines = StringPrototypeSplit(text, '\r\n');
  const found = RegExpPrototypeExec(STATUS_LINE, lines[0]);
  if (found === null) throw parseError('HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/');
  for (let i = 0; i < lines.length; i++) {
    if (StringPrototypeIndexOf(lines[i], '\n') >= 0) throw parseError('HPE_CR_EXPECTED', 'Missing expected CR after header value');
    if (StringPrototypeIndexOf(lines[i], '\r') >= 0) throw parseError('HPE_LF_EXPECTED', 'Missing expected LF after header value');
  }
  const fields = parseFields(lines, 1);
  return { __proto__: null, minor: Number(found[1]), status: Number(found[2]), reason: found[3] ?? '', fields, ...framing(fields, Number(found[1])) };
}
