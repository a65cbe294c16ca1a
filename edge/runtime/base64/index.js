// atob and btoa: https://html.spec.whatwg.org/multipage/webappapis.html#atob

import {
  RegExpPrototypeExec, StringPrototypeCharCodeAt, Uint8Array, Uint8ArrayFromBase64, Uint8ArrayPrototypeToBase64,
} from '../bootstrap/primordials.js';
import { latin1Of } from '../encoding/index.js';
import { DOMException } from '../events/index.js';
import { nameFunctions, requireArguments, toDOMString } from '../webidl/index.js';

const NOT_LATIN1 = /[^\x00-\xff]/;

/** Bytes of a forgiving-base64 string, null when it is malformed: https://infra.spec.whatwg.org/#forgiving-base64-decode */
export function forgivingBase64(text) {
  try {
    // V8 skips ASCII whitespace and takes both padded and unpadded ends, as the standard does.
    return Uint8ArrayFromBase64(text);
  } catch {
    return null;
  }
}

function atob(data) {
  requireArguments(arguments.length, 1, 'atob');
  const bytes = forgivingBase64(toDOMString(data));
  if (bytes === null) throw new DOMException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError');
  return latin1Of(bytes);
}

function btoa(data) {
  requireArguments(arguments.length, 1, 'btoa');
  const text = toDOMString(data);
  if (RegExpPrototypeExec(NOT_LATIN1, text) !== null) {
    throw new DOMException('The string to be encoded contains characters outside of the Latin1 range.', 'InvalidCharacterError');
  }
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = StringPrototypeCharCodeAt(text, i);
  return Uint8ArrayPrototypeToBase64(bytes);
}

export const globals = nameFunctions({ atob, btoa });
