// IPv6 addresses: https://url.spec.whatwg.org/#concept-ipv6-parser

import { ArrayPrototypePush, NumberParseInt, NumberPrototypeToString, RegExpPrototypeExec, StringPrototypeSplit } from '../bootstrap/primordials.js';

const PIECE = /^[0-9a-fA-F]{1,4}$/;
const OCTET = /^(?:0|[1-9][0-9]{0,2})$/;

/** Eight 16-bit pieces, or null when the address is malformed. */
export function parseIPv6(input) {
  const halves = StringPrototypeSplit(input, '::');
  if (halves.length > 2) return null;
  const head = piecesOf(halves[0], halves.length === 1);
  if (head === null) return null;
  if (halves.length === 1) return head.length === 8 ? head : null;
  const tail = piecesOf(halves[1], true);
  if (tail === null || head.length + tail.length > 7) return null;
  const pieces = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < head.length; i++) pieces[i] = head[i];
  for (let i = 0; i < tail.length; i++) pieces[8 - tail.length + i] = tail[i];
  return pieces;
}

function piecesOf(text, mayEndInIPv4) {
  const pieces = [];
  if (text === '') return pieces;
  const parts = StringPrototypeSplit(text, ':');
  for (let i = 0; i < parts.length; i++) {
    if (RegExpPrototypeExec(PIECE, parts[i]) !== null) {
      ArrayPrototypePush(pieces, NumberParseInt(parts[i], 16));
      continue;
    }
    const octets = mayEndInIPv4 && i === parts.length - 1 ? octetsOf(parts[i]) : null;
    if (octets === null) return null;
    ArrayPrototypePush(pieces, octets[0] * 256 + octets[1]);
    ArrayPrototypePush(pieces, octets[2] * 256 + octets[3]);
  }
  return pieces;
}

function octetsOf(text) {
  const parts = StringPrototypeSplit(text, '.');
  if (parts.length !== 4) return null;
  for (let i = 0; i < 4; i++) {
    if (RegExpPrototypeExec(OCTET, parts[i]) === null) return null;
    parts[i] = NumberParseInt(parts[i], 10);
    if (parts[i] > 255) return null;
  }
  return parts;
}

/** https://url.spec.whatwg.org/#concept-ipv6-serializer */
export function serializeIPv6(pieces) {
  const { start, length } = longestZeros(pieces);
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === start) {
      text += i === 0 ? '::' : ':';
      i += length - 1;
      continue;
    }
    text += NumberPrototypeToString(pieces[i], 16);
    if (i !== 7) text += ':';
  }
  return text;
}

function longestZeros(pieces) {
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && pieces[end] === 0) end += 1;
    if (end - i > bestLength) {
      best = i;
      bestLength = end - i;
    }
    i = end;
  }
  return { __proto__: null, start: best, length: bestLength };
}
