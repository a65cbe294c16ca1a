// multipart/form-data, both ways: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
// and https://andreubotella.github.io/multipart-form-data/

import {
  ArrayPrototypePush, RegExpPrototypeExec, StringPrototypeIndexOf, StringPrototypeReplaceAll, StringPrototypeSlice, StringPrototypeStartsWith,
  TypedArrayPrototypeGetLength, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, TypeError,
} from '../bootstrap/primordials.js';
import { blobBytes, blobType, concatBytes, createFile, fileInfo } from '../blob/index.js';
import { decodeUtf8, encodeUtf8, latin1Of, utf8Text } from '../encoding/index.js';
import { asciiLowerCase, trimHttpWhitespace } from '../webidl/index.js';

const PARAMETER = /;[ \t]*([^=;\s]+)=(?:"((?:[^"\\]|\\.)*)"|([^;]*))/y;

function normalizedNewlines(text) {
  const plain = StringPrototypeReplaceAll(StringPrototypeReplaceAll(text, '\r\n', '\n'), '\r', '\n');
  return StringPrototypeReplaceAll(plain, '\n', '\r\n');
}

function quoted(text) {
  return StringPrototypeReplaceAll(StringPrototypeReplaceAll(StringPrototypeReplaceAll(text, '\n', '%0A'), '\r', '%0D'), '"', '%22');
}

/** The bytes of a form with this boundary. */
export function serializeMultipart(entries, boundary) {
  const chunks = [];
  let size = 0;
  const add = (bytes) => {
    ArrayPrototypePush(chunks, bytes);
    size += TypedArrayPrototypeGetLength(bytes);
  };
  for (let i = 0; i < entries.length; i++) {
    const value = entries[i][1];
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(normalizedNewlines(entries[i][0]))}"`;
    if (typeof value === 'string') {
      add(encodeUtf8(`${head}\r\n\r\n${normalizedNewlines(value)}\r\n`));
      continue;
    }
    add(encodeUtf8(`${head}; filename="${quoted(fileInfo(value).name)}"\r\nContent-Type: ${blobType(value) || 'application/octet-stream'}\r\n\r\n`));
    add(blobBytes(value));
    add(encodeUtf8('\r\n'));
  }
  add(encodeUtf8(`--${boundary}--\r\n`));
  return concatBytes(chunks, size);
}

/** The entries of a multipart body.  Throws TypeError when it is malformed. */
export function parseMultipart(bytes, boundary) {
  // One unit for each byte, so that positions in the text are positions in the bytes.
  const text = latin1Of(bytes);
  const delimiter = `--${latin1Of(encodeUtf8(boundary))}`;
  const entries = [];
  let at = StringPrototypeStartsWith(text, delimiter) ? 0 : afterPreamble(text, delimiter);
  for (;;) {
    at += delimiter.length;
    if (StringPrototypeStartsWith(text, '--', at)) return entries;
    at = endOfLine(text, at);
    const bodyAt = StringPrototypeIndexOf(text, '\r\n\r\n', at - 2);
    if (bodyAt < 0) throw malformed('a part has no end of its headers');
    const end = StringPrototypeIndexOf(text, `\r\n${delimiter}`, bodyAt + 2);
    if (end < 0) throw malformed('the closing boundary is missing');
    const headers = bodyAt < at ? '' : decodeUtf8(TypedArrayPrototypeSubarray(bytes, at, bodyAt));
    ArrayPrototypePush(entries, createEntry(headers, TypedArrayPrototypeSlice(bytes, bodyAt + 4, end)));
    at = end + 2;
  }
}

function malformed(why) {
  return new TypeError(`Failed to parse the body as FormData: ${why}`);
}

function afterPreamble(text, delimiter) {
  const at = StringPrototypeIndexOf(text, `\r\n${delimiter}`);
  if (at < 0) throw malformed('the boundary does not occur');
  return at + 2;
}

// Spaces may follow a boundary: https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1
function endOfLine(text, from) {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at += 1;
  if (!StringPrototypeStartsWith(text, '\r\n', at)) throw malformed('a boundary is not alone on its line');
  return at + 2;
}

function createEntry(text, bytes) {
  let disposition = null;
  let type = null;
  for (let start = 0; start < text.length;) {
    let end = StringPrototypeIndexOf(text, '\r\n', start);
    if (end < 0) end = text.length;
    const line = StringPrototypeSlice(text, start, end);
    const colon = StringPrototypeIndexOf(line, ':');
    if (colon <= 0) throw malformed('a part has a header without name');
    const name = asciiLowerCase(StringPrototypeSlice(line, 0, colon));
    if (name === 'content-disposition') disposition = readDisposition(StringPrototypeSlice(line, colon + 1));
    else if (name === 'content-type') type = trimHttpWhitespace(StringPrototypeSlice(line, colon + 1));
    start = end + 2;
  }
  if (disposition === null || disposition.name === undefined) throw malformed('a part has no name');
  if (disposition.filename === undefined) return [disposition.name, utf8Text(bytes)];
  return [disposition.name, createFile(bytes, disposition.filename, type ?? 'text/plain')];
}

function readDisposition(value) {
  const semicolon = StringPrototypeIndexOf(value, ';');
  const kind = trimHttpWhitespace(semicolon < 0 ? value : StringPrototypeSlice(value, 0, semicolon));
  if (asciiLowerCase(kind) !== 'form-data') throw malformed('a part is not form-data');
  const found = { __proto__: null };
  PARAMETER.lastIndex = semicolon;
  for (let match; semicolon >= 0 && (match = RegExpPrototypeExec(PARAMETER, value)) !== null;) {
    const text = match[2] === undefined ? trimHttpWhitespace(match[3]) : match[2];
    found[asciiLowerCase(match[1])] ??= unquoted(text);
  }
  return found;
}

function unquoted(text) {
  let plain = StringPrototypeReplaceAll(StringPrototypeReplaceAll(text, '%0A', '\n'), '%0D', '\r');
  plain = StringPrototypeReplaceAll(plain, '\\"', '"');
  return StringPrototypeReplaceAll(plain, '%22', '"');
}
