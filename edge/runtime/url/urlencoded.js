// application/x-www-form-urlencoded: https://url.spec.whatwg.org/#urlencoded-parsing

import { ArrayPrototypePush, StringPrototypeIndexOf, StringPrototypeReplaceAll, StringPrototypeSlice, StringPrototypeSplit } from '../bootstrap/primordials.js';
import { FORM, percentDecode, percentEncode } from './percent.js';

function decode(text) {
  return percentDecode(StringPrototypeIndexOf(text, '+') < 0 ? text : StringPrototypeReplaceAll(text, '+', ' '));
}

/** An array of [name, value]. */
export function parseUrlencoded(text) {
  const pairs = [];
  if (text === '') return pairs;
  const parts = StringPrototypeSplit(text, '&');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (part === '') continue;
    const at = StringPrototypeIndexOf(part, '=');
    const name = decode(at < 0 ? part : StringPrototypeSlice(part, 0, at));
    ArrayPrototypePush(pairs, [name, at < 0 ? '' : decode(StringPrototypeSlice(part, at + 1))]);
  }
  return pairs;
}

export function serializeUrlencoded(pairs) {
  let text = '';
  for (let i = 0; i < pairs.length; i++) {
    text += `${i === 0 ? '' : '&'}${percentEncode(pairs[i][0], FORM)}=${percentEncode(pairs[i][1], FORM)}`;
  }
  return text;
}
