// Text of bytes in some encoding: https://w3c.github.io/FileAPI/#blob-package-data

import { RegExpPrototypeExec, TypedArrayPrototypeGetLength, uncurryThis } from '../bootstrap/primordials.js';
import { TextDecoder } from '../encoding/index.js';

const CHARSET = /;[ \t]*charset=(?:"([^"]*)"|([^;\s]*))/;
const decode = uncurryThis(TextDecoder.prototype.decode);

// https://encoding.spec.whatwg.org/#bom-sniff
function encodingOfMark(bytes) {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (TypedArrayPrototypeGetLength(bytes) < 2) return null;
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : null;
}

function decoderOf(label) {
  try {
    return label === null ? null : new TextDecoder(label);
  } catch {
    return null;
  }
}

function charsetOf(type) {
  const match = RegExpPrototypeExec(CHARSET, type);
  return match === null ? null : match[1] ?? match[2];
}

/** By its byte order mark, the label, or the charset of the type, whichever is an encoding first; else UTF-8. */
export function decodeAs(bytes, label, type) {
  const decoder = decoderOf(encodingOfMark(bytes)) ?? decoderOf(label) ?? decoderOf(charsetOf(type)) ?? new TextDecoder();
  return decode(decoder, bytes);
}
