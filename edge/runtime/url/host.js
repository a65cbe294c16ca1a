// Host parsing: https://url.spec.whatwg.org/#host-parsing

import {
  MathFloor, NumberParseInt, NumberPrototypeToString, RegExpPrototypeExec, StringPrototypeCharCodeAt,
  StringPrototypeEndsWith, StringPrototypeIndexOf,
  StringPrototypeSlice, StringPrototypeSplit,
} from '../bootstrap/primordials.js';
import { domainToASCII } from './idna.js';
import { parseIPv6, serializeIPv6 } from './ipv6.js';
import { C0_CONTROL, percentDecode, percentEncode } from './percent.js';

const FORBIDDEN_HOST = /[\0\t\n\r #/:<>?@[\\\]^|]/;
const FORBIDDEN_DOMAIN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;
const NOT_OCTAL = /[89]/;
const NUMBER = /^(?:[0-9]+|0[xX][0-9a-fA-F]*)$/;

// Most hosts are plain names in lower case, which are their own serialisation; no pattern has to be compiled for them.
function isPlainName(input) {
  let labelStart = 0;
  for (let i = 0; i < input.length; i++) {
    const unit = StringPrototypeCharCodeAt(input, i);
    if (unit === 0x2e) labelStart = i + 1;
    else if (!((unit >= 0x61 && unit <= 0x7a) || (unit >= 0x30 && unit <= 0x39 && i > labelStart) || unit === 0x2d)) return false;
  }
  return labelStart < input.length && StringPrototypeIndexOf(input, 'xn--') < 0;
}

/** A serialised host, or null when it is malformed. */
export function parseHost(input, special) {
  if (special && isPlainName(input)) return input;
  if (input[0] === '[') {
    if (!StringPrototypeEndsWith(input, ']')) return null;
    const pieces = parseIPv6(StringPrototypeSlice(input, 1, -1));
    return pieces === null ? null : `[${serializeIPv6(pieces)}]`;
  }
  if (!special) return RegExpPrototypeExec(FORBIDDEN_HOST, input) === null ? percentEncode(input, C0_CONTROL) : null;
  const domain = domainToASCII(percentDecode(input));
  if (domain === null || domain === '' || RegExpPrototypeExec(FORBIDDEN_DOMAIN, domain) !== null) return null;
  return endsInNumber(domain) ? parseIPv4(domain) : domain;
}

function endsInNumber(domain) {
  const parts = StringPrototypeSplit(domain, '.');
  let last = parts[parts.length - 1];
  if (last === '' && parts.length > 1) last = parts[parts.length - 2];
  return RegExpPrototypeExec(NUMBER, last) !== null;
}

function parseNumber(text) {
  if (text === '' || RegExpPrototypeExec(NUMBER, text) === null) return -1;
  if (text[0] === '0' && text.length > 1) {
    if (text[1] === 'x' || text[1] === 'X') return text.length === 2 ? 0 : NumberParseInt(text, 16);
    return RegExpPrototypeExec(NOT_OCTAL, text) === null ? NumberParseInt(text, 8) : -1;
  }
  return NumberParseInt(text, 10);
}

function parseIPv4(domain) {
  const parts = StringPrototypeSplit(domain, '.');
  if (parts[parts.length - 1] === '' && parts.length > 1) parts.length -= 1;
  if (parts.length > 4) return null;
  let address = 0;
  for (let i = 0; i < parts.length; i++) {
    const number = parseNumber(parts[i]);
    const last = i === parts.length - 1;
    if (number < 0 || number >= (last ? 256 ** (5 - parts.length) : 256)) return null;
    address += last ? number : number * 256 ** (3 - i);
  }
  return serializeIPv4(address);
}

function serializeIPv4(address) {
  let text = '';
  let rest = address;
  for (let i = 0; i < 4; i++) {
    text = NumberPrototypeToString(rest % 256) + (i === 0 ? '' : '.') + text;
    rest = MathFloor(rest / 256);
  }
  return text;
}
