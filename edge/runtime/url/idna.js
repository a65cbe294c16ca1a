// Domain names to ASCII and to Unicode: https://url.spec.whatwg.org/#idna
// The tables of UTS 46 are large, so they stay with the host; most names never need them.

import {
  RegExpPrototypeExec, StringPrototypeIncludes, StringPrototypeStartsWith, StringPrototypeToLowerCase,
} from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { NOT_ASCII } from '../encoding/utf8.js';

/** The ASCII form of a domain, in lower case; null when it has none. */
export function domainToASCII(domain) {
  if (RegExpPrototypeExec(NOT_ASCII, domain) === null) {
    const lower = StringPrototypeToLowerCase(domain);
    if (!StringPrototypeStartsWith(lower, 'xn--') && !StringPrototypeIncludes(lower, '.xn--')) return lower;
  }
  return hostCallSync('url.to_ascii', { __proto__: null, domain }).value;
}

/** The Unicode form of an ASCII domain, for people; labels that do not decode stay as they are. */
export function domainToUnicode(domain) {
  if (!StringPrototypeStartsWith(domain, 'xn--') && !StringPrototypeIncludes(domain, '.xn--')) return domain;
  return hostCallSync('url.to_unicode', { __proto__: null, domain }).value;
}
