// Whether a certificate is for a host: https://nodejs.org/api/tls.html#tlscheckserveridentityhostname-cert

import {
  ArrayIsArray, ArrayPrototypeJoin, ArrayPrototypePush, Error, JSONParse, RegExpPrototypeExec, StringPrototypeEndsWith, StringPrototypeIncludes, StringPrototypeIndexOf, StringPrototypeSlice,
  StringPrototypeSplit, StringPrototypeStartsWith, StringPrototypeToLowerCase,
} from '../../../bootstrap/primordials.js';
import { coded } from '../errors.js';
import { isIP, isIPv4, parseIPv6 } from '../net/ip.js';

function mismatch(reason, host, cert) {
  const error = coded(Error, 'ERR_TLS_CERT_ALTNAME_INVALID', `Hostname/IP does not match certificate's altnames: ${reason}`, mismatch);
  error.reason = reason;
  error.host = host;
  error.cert = cert;
  return error;
}

const withoutDot = (name) => (StringPrototypeEndsWith(name, '.') ? StringPrototypeSlice(name, 0, -1) : name);

/** Names with a quoted part, as in `DNS:"a, DNS:b"`, are one name. */
function altNames(text) {
  const names = [];
  let rest = text;
  while (rest !== '') {
    const found = RegExpPrototypeExec(/^\s*([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)/, rest);
    if (found === null) return names;
    const quoted = StringPrototypeStartsWith(found[2], '"');
    ArrayPrototypePush(names, [found[1], quoted ? unquote(found[2]) : found[2]]);
    rest = StringPrototypeSlice(rest, found[0].length);
  }
  return names;
}

function unquote(text) {
  try {
    return JSONParse(text);
  } catch {
    return text;
  }
}

/** RFC 6125: one `*` in the leftmost label, which is not the only one before a top-level domain. */
function fits(host, pattern) {
  const wanted = StringPrototypeSplit(StringPrototypeToLowerCase(withoutDot(host)), '.');
  const given = StringPrototypeSplit(StringPrototypeToLowerCase(withoutDot(pattern)), '.');
  if (wanted.length !== given.length || StringPrototypeIncludes(pattern, '\0')) return false;
  for (let i = 1; i < given.length; i++) if (given[i] === '' || given[i] !== wanted[i]) return false;
  const label = given[0];
  const star = StringPrototypeIndexOf(label, '*');
  if (star < 0) return label === wanted[0] && label !== '';
  if (given.length <= 2 || StringPrototypeIncludes(label, 'xn--') || StringPrototypeIndexOf(label, '*', star + 1) >= 0) return false;
  const before = StringPrototypeSlice(label, 0, star);
  const after = StringPrototypeSlice(label, star + 1);
  return wanted[0].length >= label.length - 1 && wanted[0] !== '' && StringPrototypeStartsWith(wanted[0], before) && StringPrototypeEndsWith(wanted[0], after);
}

const canonical = (address) => (isIPv4(address) ? address : ArrayPrototypeJoin(parseIPv6(address) ?? [], ':'));

function checkAddress(host, names, cert) {
  const addresses = [];
  for (let i = 0; i < names.length; i++) {
    if (names[i][0] !== 'IP Address') continue;
    if (isIP(names[i][1]) && canonical(names[i][1]) === canonical(host)) return undefined;
    ArrayPrototypePush(addresses, names[i][1]);
  }
  return mismatch(`IP: ${host} is not in the cert's list: ${ArrayPrototypeJoin(addresses, ', ')}`, host, cert);
}

/** undefined when the certificate is for the host, else the error that says why not. */
export function checkServerIdentity(hostname, cert) {
  const host = withoutDot(`${hostname}`);
  const text = cert.subjectaltname ?? '';
  const names = altNames(text);
  if (isIP(host) !== 0) return checkAddress(host, names, cert);
  let hasNames = false;
  for (let i = 0; i < names.length; i++) {
    if (names[i][0] !== 'DNS') continue;
    hasNames = true;
    if (fits(host, names[i][1])) return undefined;
  }
  if (hasNames) return mismatch(`Host: ${host}. is not in the cert's altnames: ${text}`, host, cert);
  const common = cert.subject?.CN;
  const all = ArrayIsArray(common) ? common : common === undefined ? [] : [common];
  for (let i = 0; i < all.length; i++) if (fits(host, all[i])) return undefined;
  if (all.length === 0) return mismatch('Cert does not contain a DNS name', host, cert);
  return mismatch(`Host: ${host}. is not cert's CN: ${common}`, host, cert);
}
