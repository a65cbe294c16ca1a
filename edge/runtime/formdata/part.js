// One part of a multipart body: its headers, and what becomes of its bytes.
// https://andreubotella.github.io/multipart-form-data/#parse-multipart-form-data-headers

import {
  RegExpPrototypeExec, StringPrototypeIndexOf, StringPrototypeReplaceAll, StringPrototypeSlice, TypeError,
} from '../bootstrap/primordials.js';
import { Pieces, createFileOf, normalizedType } from '../blob/index.js';
import { concatBytes } from '../blob/parts.js';
import { decodeUtf8 } from '../encoding/index.js';
import { asciiLowerCase, trimHttpWhitespace } from '../webidl/index.js';

// name="..." (a quote in it is %22 or, from older clients, \"), then what ends with a backslash before its quote, then name=token.
const PARAMETER = /;[ \t]*([^=;\s]+)=(?:"((?:[^"\\]|\\.)*)"(?=[ \t]*(?:;|$))|"([^"]*)"|([^;]*))/y;

export function malformed(why) {
  return new TypeError(`Failed to parse the body as FormData: ${why}`);
}

export class Part {
  #disposition = null;
  #type = null;
  #content = new Pieces();

  /** A header line, as bytes. */
  header(bytes) {
    const line = decodeUtf8(bytes);
    const colon = StringPrototypeIndexOf(line, ':');
    if (colon <= 0) throw malformed('a part has a header without name');
    const name = asciiLowerCase(StringPrototypeSlice(line, 0, colon));
    const value = StringPrototypeSlice(line, colon + 1);
    if (name === 'content-disposition') this.#disposition = readDisposition(value);
    else if (name === 'content-type') this.#type = trimHttpWhitespace(value);
  }

  /** The headers are complete. */
  begin() {
    if (this.#disposition === null || this.#disposition.name === undefined) throw malformed('a part has no name');
  }

  /** More of its bytes, which nobody will change. */
  add(bytes) {
    this.#content.add(bytes);
  }

  /** `[name, text or file]`. */
  entry() {
    const { name, filename } = this.#disposition;
    if (filename !== undefined) return [name, createFileOf(this.#content, filename, normalizedType(this.#type ?? 'text/plain'))];
    const pieces = this.#content.end();
    return [name, decodeUtf8(pieces.length === 1 ? pieces[0] : concatBytes(pieces, this.#content.size))];
  }
}

function readDisposition(value) {
  const semicolon = StringPrototypeIndexOf(value, ';');
  const kind = trimHttpWhitespace(semicolon < 0 ? value : StringPrototypeSlice(value, 0, semicolon));
  if (asciiLowerCase(kind) !== 'form-data') throw malformed('a part is not form-data');
  const found = { __proto__: null };
  PARAMETER.lastIndex = semicolon;
  for (let match; semicolon >= 0 && (match = RegExpPrototypeExec(PARAMETER, value)) !== null;) {
    const name = asciiLowerCase(match[1]);
    if (name === 'name' || name === 'filename') found[name] ??= unquoted(match[2] ?? match[3] ?? trimHttpWhitespace(match[4]));
  }
  return found;
}

function unquoted(text) {
  let plain = StringPrototypeReplaceAll(StringPrototypeReplaceAll(text, '%0A', '\n'), '%0D', '\r');
  plain = StringPrototypeReplaceAll(plain, '\\"', '"');
  return StringPrototypeReplaceAll(plain, '%22', '"');
}
