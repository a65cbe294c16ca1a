// Whether a certificate is one of a host, a mailbox or an address, as OpenSSL tells it (RFC 6125, section 6.4).

import {
  ArrayPrototypePush, NumberParseInt, NumberPrototypeToString, RegExpPrototypeExec, StringPrototypeEndsWith, StringPrototypeIncludes, StringPrototypeIndexOf, StringPrototypeLastIndexOf, StringPrototypeSlice,
  StringPrototypeSplit, StringPrototypeStartsWith, StringPrototypeToLowerCase,
} from '../../../bootstrap/primordials.js';
import { invalidArgValue, validateObject } from '../errors.js';

const FLAGS = ['wildcards', 'partialWildcards', 'multiLabelWildcards', 'singleLabelSubdomains'];

function optionsOf(options) {
  validateObject(options, 'options');
  const { subject = 'default', wildcards = true, partialWildcards = true, multiLabelWildcards = false, singleLabelSubdomains = false } = options;
  if (subject !== 'default' && subject !== 'always' && subject !== 'never') throw invalidArgValue('options.subject', subject);
  const known = { __proto__: null, subject, wildcards, partialWildcards, multiLabelWildcards, singleLabelSubdomains };
  for (let i = 0; i < FLAGS.length; i++) if (typeof known[FLAGS[i]] !== 'boolean') throw import('../errors.js').invalidArgType(`options.${FLAGS[i]}`, 'boolean', known[FLAGS[i]]);
  return known;
}

function ofKind(list, kind) {
  const found = [];
  for (let i = 0; i < list.length; i++) if (list[i][0] === kind) ArrayPrototypePush(found, list[i][1]);
  return found;
}

/** Alternative names of a kind; the subject's when there are none, or when the options say so. */
function candidates(kind, part, { alternatives, subjectParts }, subject) {
  const names = ofKind(alternatives, kind);
  const useSubject = subject === 'always' || (subject === 'default' && names.length === 0);
  if (!useSubject) return names;
  const own = ofKind(subjectParts, part);
  for (let i = 0; i < own.length; i++) ArrayPrototypePush(names, own[i]);
  return names;
}

function withWildcard(pattern, name, options) {
  const star = StringPrototypeIndexOf(pattern, '*');
  const dot = StringPrototypeIndexOf(pattern, '.');
  // One star, in the leftmost label, with two labels behind it, and in no label of IDNA.
  if (star < 0 || star > dot || star !== StringPrototypeLastIndexOf(pattern, '*')) return false;
  if (StringPrototypeSplit(pattern, '.').length < 3 || StringPrototypeStartsWith(pattern, 'xn--')) return false;
  const before = StringPrototypeSlice(pattern, 0, star);
  const behind = StringPrototypeSlice(pattern, star + 1);
  const whole = before === '' && behind[0] === '.';
  if (!whole && !options.partialWildcards) return false;
  if (name.length < before.length + behind.length || !StringPrototypeStartsWith(name, before) || !StringPrototypeEndsWith(name, behind)) return false;
  const matched = StringPrototypeSlice(name, before.length, name.length - behind.length);
  if (!whole && StringPrototypeStartsWith(name, 'xn--')) return false;
  if (matched === '' && whole) return false;
  return RegExpPrototypeExec(whole && options.multiLabelWildcards ? /^[a-z0-9.-]+$/ : /^[a-z0-9-]*$/, matched) !== null;
}

function fits(pattern, name, options) {
  const lower = StringPrototypeToLowerCase(pattern);
  if (name[0] === '.') {
    if (!StringPrototypeEndsWith(lower, name) || lower.length === name.length) return false;
    return !options.singleLabelSubdomains || !StringPrototypeIncludes(StringPrototypeSlice(lower, 0, lower.length - name.length), '.');
  }
  return lower === name || (options.wildcards && withWildcard(lower, name, options));
}

/** The name of the certificate that a host fits; undefined when there is none. */
export function matchingHost(name, known, given) {
  const options = optionsOf(given);
  const names = candidates('DNS', 'CN', known, options.subject);
  const host = StringPrototypeToLowerCase(name);
  if (host === '' || StringPrototypeIncludes(host, '\0')) return undefined;
  for (let i = 0; i < names.length; i++) if (fits(names[i], host, options)) return names[i];
  return undefined;
}

// The domain of a mailbox has no case, what stands before it has.
function sameMailbox(left, right) {
  const at = StringPrototypeLastIndexOf(left, '@');
  const other = StringPrototypeLastIndexOf(right, '@');
  if (at < 0 || at !== other) return left === right;
  if (StringPrototypeSlice(left, 0, at) !== StringPrototypeSlice(right, 0, at)) return false;
  return StringPrototypeToLowerCase(StringPrototypeSlice(left, at)) === StringPrototypeToLowerCase(StringPrototypeSlice(right, at));
}

/** The mailbox, when the certificate is one of it. */
export function matchingEmail(email, known, given) {
  const options = optionsOf(given);
  const names = candidates('email', 'emailAddress', known, options.subject);
  for (let i = 0; i < names.length; i++) if (sameMailbox(names[i], email)) return email;
  return undefined;
}

/** An address as the host writes it: IPv6 with all eight groups. */
function canonical(ip) {
  if (!StringPrototypeIncludes(ip, ':')) return RegExpPrototypeExec(/^\d{1,3}(?:\.\d{1,3}){3}$/, ip) === null ? undefined : ip;
  const halves = StringPrototypeSplit(StringPrototypeToLowerCase(ip), '::');
  if (halves.length > 2) return undefined;
  const left = halves[0] === '' ? [] : StringPrototypeSplit(halves[0], ':');
  const right = halves.length < 2 || halves[1] === '' ? [] : StringPrototypeSplit(halves[1], ':');
  if (halves.length === 1 ? left.length !== 8 : left.length + right.length > 7) return undefined;
  let text = '';
  for (let i = 0; i < 8; i++) {
    const group = i < left.length ? left[i] : i >= 8 - right.length ? right[i - 8 + right.length] : '0';
    if (RegExpPrototypeExec(/^[0-9a-f]{1,4}$/, group) === null) return undefined;
    text += `${i > 0 ? ':' : ''}${NumberPrototypeToString(NumberParseInt(group, 16), 16)}`;
  }
  return text;
}

/** The address, when the certificate is one of it. */
export function matchingIp(ip, { alternatives }) {
  const wanted = canonical(ip);
  if (wanted === undefined) return undefined;
  const names = ofKind(alternatives, 'IP Address');
  for (let i = 0; i < names.length; i++) if (canonical(names[i]) === wanted) return ip;
  return undefined;
}
