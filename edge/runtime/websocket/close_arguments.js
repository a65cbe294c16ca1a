// What close() is called with: https://websockets.spec.whatwg.org/#dom-websocket-close

import { MathMax, MathMin, Number, NumberIsNaN, TypedArrayPrototypeGetLength } from '../bootstrap/primordials.js';
import { encodeUtf8 } from '../encoding/utf8.js';
import { DOMException } from '../events/dom_exception.js';
import { toUSVString } from '../webidl/index.js';

const MAX_REASON = 123;

// [Clamp] unsigned short: rounded to the nearest integer, ties to even.
function toClampedShort(value) {
  const number = MathMin(MathMax(Number(value), 0), 65535);
  if (NumberIsNaN(number)) return 0;
  const floor = number - (number % 1);
  const part = number - floor;
  return floor + (part > 0.5 || (part === 0.5 && floor % 2 === 1) ? 1 : 0);
}

const isOfApplications = (code) => code === 1000 || (code >= 3000 && code <= 4999);

// A server may say more than a page: RFC 6455, section 7.4.1.
const isOfServers = (code) => isOfApplications(code) || (code > 1000 && code < 1015 && code !== 1004 && code !== 1005 && code !== 1006);

/** `{code, reason}`, without a code both are null; throws what the standard says. */
export function closeArguments(code, reason, server) {
  const number = code === undefined ? null : toClampedShort(code);
  const text = reason === undefined ? null : toUSVString(reason);
  if (number !== null && !(server ? isOfServers : isOfApplications)(number)) {
    throw new DOMException(`The close code is ${number} (1000 and 3000 to 4999 are allowed)`, 'InvalidAccessError');
  }
  if (text !== null && text !== '') {
    const size = TypedArrayPrototypeGetLength(encodeUtf8(text));
    if (size > MAX_REASON) throw new DOMException(`The close reason has ${size} bytes, at most ${MAX_REASON} are allowed`, 'SyntaxError');
  }
  // A reason has no place without a code.
  return { __proto__: null, code: number ?? (text === null ? null : 1000), reason: text ?? '' };
}
