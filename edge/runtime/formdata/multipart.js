// multipart/form-data, both ways: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data

import { StringPrototypeReplaceAll, Uint8ArrayPrototypeToHex } from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { Pieces, blobContent, fileInfo } from '../blob/index.js';
import { formEntries } from './form_data.js';
import { MultipartParser } from './multipart_parser.js';

function normalizedNewlines(text) {
  const plain = StringPrototypeReplaceAll(StringPrototypeReplaceAll(text, '\r\n', '\n'), '\r', '\n');
  return StringPrototypeReplaceAll(plain, '\n', '\r\n');
}

function quoted(text) {
  return StringPrototypeReplaceAll(StringPrototypeReplaceAll(StringPrototypeReplaceAll(text, '\n', '%0A'), '\r', '%0D'), '"', '%22');
}

/** `{pieces, size, type}` of a form as a body.  The bytes of its files are not copied. */
export function multipartContent(form) {
  const boundary = `----edge-form-data-${Uint8ArrayPrototypeToHex(hostCallSync('crypto.random', { __proto__: null, n: 12 }).data)}`;
  const entries = formEntries(form);
  const all = new Pieces();
  for (let i = 0; i < entries.length; i++) addEntry(all, entries[i][0], entries[i][1], boundary);
  all.addText(`--${boundary}--\r\n`);
  const pieces = all.end();
  return { __proto__: null, pieces, size: all.size, type: `multipart/form-data; boundary=${boundary}` };
}

function addEntry(all, name, value, boundary) {
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(normalizedNewlines(name))}"`;
  if (typeof value === 'string') {
    all.addText(`${head}\r\n\r\n${normalizedNewlines(value)}\r\n`);
    return;
  }
  const content = blobContent(value);
  all.addText(`${head}; filename="${quoted(fileInfo(value).name)}"\r\nContent-Type: ${content.type || 'application/octet-stream'}\r\n\r\n`);
  all.addAll(content);
  all.addText('\r\n');
}

/** The entries of a body that is at hand, as bytes that nobody will change.  Throws TypeError when it is malformed. */
export function parseMultipart(bytes, boundary) {
  const parser = new MultipartParser(boundary);
  parser.feed(bytes, true);
  return parser.end();
}

/**
 * `{entries}` of a body that `next` gives step by step, `{chunk}`, null at the end; its chunks are not `owned` when somebody
 * may change them.  Nothing is read after the first mistake: then it throws a TypeError, and `next.cancel(error)` is called.
 */
export async function parseMultipartStream(next, boundary, owned) {
  const parser = new MultipartParser(boundary);
  try {
    for (let { chunk } = await next(); chunk !== null; { chunk } = await next()) parser.feed(chunk, owned);
    return { __proto__: null, entries: parser.end() };
  } catch (error) {
    next.cancel?.(error);
    throw error;
  }
}
