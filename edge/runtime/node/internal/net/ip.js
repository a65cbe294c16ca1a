// Textual addresses: https://nodejs.org/api/net.html#netisipinput

import { ArrayPrototypePush, Number, RegExpPrototypeExec, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeSplit } from '../../../bootstrap/primordials.js';

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const GROUP = /^[0-9a-f]{1,4}$/i;
const ZONE = /^[0-9a-z._~-]+$/i;

export const isIPv4 = (input) => RegExpPrototypeExec(V4, `${input}`) !== null;

/** The groups on one side of `::` as numbers; null when it is no address. */
function groups(text, isLast) {
  const found = [];
  if (text === '') return found;
  const parts = StringPrototypeSplit(text, ':');
  for (let i = 0; i < parts.length; i++) {
    if (isLast && i === parts.length - 1 && isIPv4(parts[i])) {
      const bytes = StringPrototypeSplit(parts[i], '.');
      ArrayPrototypePush(found, Number(bytes[0]) * 256 + Number(bytes[1]), Number(bytes[2]) * 256 + Number(bytes[3]));
    } else if (RegExpPrototypeExec(GROUP, parts[i]) !== null) ArrayPrototypePush(found, Number(`0x${parts[i]}`));
    else return null;
  }
  return found;
}

/** The eight groups of an IPv6 address, null for any other text. */
export function parseIPv6(input) {
  const zone = StringPrototypeIndexOf(input, '%');
  if (zone >= 0 && RegExpPrototypeExec(ZONE, StringPrototypeSlice(input, zone + 1)) === null) return null;
  const text = zone < 0 ? input : StringPrototypeSlice(input, 0, zone);
  const gap = StringPrototypeIndexOf(text, '::');
  if (gap < 0) {
    const all = groups(text, true);
    return all?.length === 8 ? all : null;
  }
  const head = groups(StringPrototypeSlice(text, 0, gap), false);
  const tail = groups(StringPrototypeSlice(text, gap + 2), true);
  if (head === null || tail === null || head.length + tail.length > 7) return null;
  const all = [];
  for (let i = 0; i < head.length; i++) ArrayPrototypePush(all, head[i]);
  while (all.length < 8 - tail.length) ArrayPrototypePush(all, 0);
  for (let i = 0; i < tail.length; i++) ArrayPrototypePush(all, tail[i]);
  return all;
}

export const isIPv6 = (input) => parseIPv6(`${input}`) !== null;
export const isIP = (input) => (isIPv4(input) ? 4 : isIPv6(input) ? 6 : 0);
