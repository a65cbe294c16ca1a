// The IANA's name of a cipher suite, from OpenSSL's: https://testssl.sh/openssl-iana.mapping.html

import { ArrayPrototypeJoin, RegExpPrototypeExec, StringPrototypeReplaceAll, StringPrototypeSplit } from '../../../bootstrap/primordials.js';

const KEYS = /^(ECDHE-ECDSA|ECDHE-RSA|ECDHE-PSK|DHE-RSA|DHE-PSK|RSA-PSK|PSK)-(.*)$/;

/** `ECDHE-RSA-AES128-GCM-SHA256` is `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`. */
export function standardName(name) {
  const found = RegExpPrototypeExec(KEYS, name);
  const exchange = found === null ? 'RSA' : found[1];
  const rest = StringPrototypeSplit(found === null ? name : found[2], '-');
  for (let i = 0; i < rest.length; i++) {
    const sized = RegExpPrototypeExec(/^(AES|CAMELLIA|ARIA)(128|256)$/, rest[i]);
    if (sized !== null) rest[i] = `${sized[1]}_${sized[2]}${rest.length === 2 ? '_CBC' : ''}`;
  }
  const cipher = ArrayPrototypeJoin(rest, '_');
  const sums = RegExpPrototypeExec(/(?:POLY1305|CCM8?)$/, cipher) === null ? cipher : `${StringPrototypeReplaceAll(cipher, 'CCM8', 'CCM_8')}${RegExpPrototypeExec(/POLY1305$/, cipher) === null ? '' : '_SHA256'}`;
  return `TLS_${StringPrototypeReplaceAll(exchange, '-', '_')}_WITH_${sums}`;
}
