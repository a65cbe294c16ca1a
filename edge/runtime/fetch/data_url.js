// data: URLs: https://fetch.spec.whatwg.org/#data-url-processor

import { RegExpPrototypeExec, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeStartsWith } from '../bootstrap/primordials.js';
import { forgivingBase64 } from '../base64/index.js';
import { latin1Of } from '../encoding/index.js';
import { percentDecodeBytes, serializeURL } from '../url/index.js';
import { trimAsciiWhitespace } from '../webidl/index.js';
import { parseMimeType, serializeMimeType } from './mime.js';

const BASE64 = /; *base64$/i;

/** `{type, bytes}` of a URL record, or null when it is malformed. */
export function readDataURL(record) {
  const text = StringPrototypeSlice(serializeURL(record, true), 5);
  const comma = StringPrototypeIndexOf(text, ',');
  if (comma < 0) return null;
  let type = trimAsciiWhitespace(StringPrototypeSlice(text, 0, comma));
  let bytes = percentDecodeBytes(StringPrototypeSlice(text, comma + 1));
  const base64 = RegExpPrototypeExec(BASE64, type);
  if (base64 !== null) {
    bytes = forgivingBase64(latin1Of(bytes));
    if (bytes === null) return null;
    type = StringPrototypeSlice(type, 0, base64.index);
  }
  if (StringPrototypeStartsWith(type, ';')) type = `text/plain${type}`;
  const mime = parseMimeType(type);
  return { __proto__: null, type: mime === null ? 'text/plain;charset=US-ASCII' : serializeMimeType(mime), bytes };
}
