// path.win32: https://nodejs.org/api/path.html#pathwin32.  Paths of Windows, for who works on such paths; this runtime has none.

import {
  ArrayPrototypeJoin, ArrayPrototypePop, ArrayPrototypePush, MathMin, RegExpPrototypeExec, StringPrototypeCharCodeAt, StringPrototypeEndsWith,
  StringPrototypeIncludes, StringPrototypeIndexOf, StringPrototypeReplaceAll, StringPrototypeSlice, StringPrototypeStartsWith, StringPrototypeToLowerCase, StringPrototypeToUpperCase,
} from '../../../bootstrap/primordials.js';
import { validateObject, validateString } from '../errors.js';
import { matchesGlob } from './glob.js';

const CWD = '/app';
const SLASH = 47;
const BACKSLASH = 92;
const COLON = 58;
const RESERVED = /^(?:CON|PRN|AUX|NUL|COM[1-9\u00b9\u00b2\u00b3]|LPT[1-9\u00b9\u00b2\u00b3])$/;

const isSep = (path, at) => {
  const code = StringPrototypeCharCodeAt(path, at);
  return code === SLASH || code === BACKSLASH;
};

const isLetter = (path, at) => {
  const code = StringPrototypeCharCodeAt(path, at) | 32;
  return code >= 97 && code <= 122;
};

/** The first place from `at` on that is a separator, or with `wanted` false, is none. */
function skip(path, at, wanted) {
  let place = at;
  while (place < path.length && isSep(path, place) !== wanted) place++;
  return place;
}

/**
 * `{device, end, absolute, share}`: the drive (`C:`) or share (`\\server\share`), and where what is below the root begins.
 * `share` when the path is a share with nothing behind it.
 */
function rootOf(path) {
  if (isSep(path, 0)) return isSep(path, 1) ? shareRoot(path) : { __proto__: null, device: '', end: 1, absolute: true, share: false };
  if (isLetter(path, 0) && StringPrototypeCharCodeAt(path, 1) === COLON) {
    const absolute = path.length > 2 && isSep(path, 2);
    return { __proto__: null, device: StringPrototypeSlice(path, 0, 2), end: absolute ? 3 : 2, absolute, share: false };
  }
  return { __proto__: null, device: '', end: 0, absolute: false, share: false };
}

function shareRoot(path, devices = true) {
  const serverEnd = skip(path, 2, true);
  const shareStart = skip(path, serverEnd, false);
  const server = StringPrototypeSlice(path, 2, serverEnd);
  if (serverEnd === 2 || shareStart === path.length) return { __proto__: null, device: '', end: 1, absolute: true, share: false };
  if (devices && (server === '.' || server === '?')) return { __proto__: null, device: `\\\\${server}`, end: 4, absolute: true, share: false };
  const shareEnd = skip(path, shareStart, true);
  const device = `\\\\${server}\\${StringPrototypeSlice(path, shareStart, shareEnd)}`;
  return { __proto__: null, device, end: shareEnd, absolute: true, share: shareEnd === path.length };
}

/** The segments of `path`, with `.` and `..` applied; `..` stays at the start of a relative one. */
function segmentsOf(path, absolute) {
  const kept = [];
  for (let start = 0; start < path.length; ) {
    const end = skip(path, start, true);
    const segment = StringPrototypeSlice(path, start, end);
    if (segment === '..') {
      if (kept.length > 0 && kept[kept.length - 1] !== '..') ArrayPrototypePop(kept);
      else if (!absolute) ArrayPrototypePush(kept, '..');
    } else if (segment !== '' && segment !== '.') ArrayPrototypePush(kept, segment);
    start = end + 1;
  }
  return kept;
}

const isReserved = (path, colon) => RegExpPrototypeExec(RESERVED, StringPrototypeToUpperCase(StringPrototypeSlice(path, 0, colon))) !== null;

// What was a relative path must not become one of a drive, a stream or a device by what was taken out of it.
function needsDot(path, tail) {
  if (tail.length >= 2 && isLetter(tail, 0) && StringPrototypeCharCodeAt(tail, 1) === COLON) return true;
  for (let colon = StringPrototypeIndexOf(path, ':'); colon >= 0; colon = StringPrototypeIndexOf(path, ':', colon + 1)) {
    if (colon === path.length - 1 || isSep(path, colon + 1)) return true;
  }
  return false;
}

function normalize(path) {
  validateString(path, 'path');
  if (path.length === 0) return '.';
  if (path.length === 1) return StringPrototypeCharCodeAt(path, 0) === SLASH ? '\\' : path;
  const { device, end, absolute, share } = rootOf(path);
  if (share) return `${device}\\`;
  let tail = end < path.length ? ArrayPrototypeJoin(segmentsOf(StringPrototypeSlice(path, end), absolute), '\\') : '';
  if (tail === '' && !absolute) tail = '.';
  if (tail.length > 0 && isSep(path, path.length - 1)) tail += '\\';
  if (!absolute && device === '' && StringPrototypeIncludes(path, ':') && needsDot(path, tail)) return `.\\${tail}`;
  const colon = StringPrototypeIndexOf(path, ':');
  if (colon > 0 && isReserved(path, colon)) return `.\\${device}${tail}`;
  return absolute ? `${device}\\${tail}` : `${device}${tail}`;
}

// Some segment is a device: `..` behind it would lead out of what it is joined to.
function namesDevice(path) {
  for (let start = 0; start < path.length; ) {
    const end = skip(path, start, true);
    const segment = StringPrototypeSlice(path, start, end);
    const colon = StringPrototypeIndexOf(segment, ':');
    if (colon > 0 && isReserved(segment, colon)) return true;
    start = end + 1;
  }
  return false;
}

function join(...paths) {
  const given = [];
  for (let i = 0; i < paths.length; i++) {
    validateString(paths[i], 'path');
    if (paths[i].length > 0) ArrayPrototypePush(given, paths[i]);
  }
  if (given.length === 0) return '.';
  const joined = ArrayPrototypeJoin(given, '\\');
  if (namesDevice(joined)) return StringPrototypeReplaceAll(joined, '/', '\\');
  // Only what begins with a share by itself is one: slashes that came together by joining are one slash.
  const first = given[0];
  const slashes = skip(first, 0, false);
  const isShare = slashes === 2 && first.length > 2;
  const leading = skip(joined, 0, false);
  return normalize(!isShare && leading >= 2 ? `\\${StringPrototypeSlice(joined, leading)}` : joined);
}

function resolve(...paths) {
  let device = '';
  let tail = '';
  let absolute = false;
  for (let i = paths.length - 1; i >= -1; i--) {
    const path = i >= 0 ? paths[i] : CWD;
    if (i >= 0) validateString(path, `paths[${i}]`);
    if (path.length === 0) continue;
    const root = rootOf(path);
    if (root.device !== '') {
      if (device !== '' && StringPrototypeToLowerCase(root.device) !== StringPrototypeToLowerCase(device)) continue;
      if (device === '') ({ device } = root);
    }
    if (absolute) {
      if (device !== '') break;
      continue;
    }
    tail = `${StringPrototypeSlice(path, root.end)}\\${tail}`;
    ({ absolute } = root);
    if (absolute && device !== '') break;
  }
  const normal = ArrayPrototypeJoin(segmentsOf(tail, absolute), '\\');
  return absolute ? `${device}\\${normal}` : `${device}${normal}` || '.';
}

function isAbsolute(path) {
  validateString(path, 'path');
  if (path.length === 0) return false;
  return isSep(path, 0) || (path.length > 2 && isLetter(path, 0) && StringPrototypeCharCodeAt(path, 1) === COLON && isSep(path, 2));
}

function relative(from, to) {
  validateString(from, 'from');
  validateString(to, 'to');
  if (from === to) return '';
  const start = resolve(from);
  const end = resolve(to);
  if (StringPrototypeToLowerCase(start) === StringPrototypeToLowerCase(end)) return '';
  const startRoot = rootOf(start);
  const endRoot = rootOf(end);
  const shares = StringPrototypeStartsWith(startRoot.device, '\\\\') && StringPrototypeStartsWith(endRoot.device, '\\\\');
  if (!shares && StringPrototypeToLowerCase(startRoot.device) !== StringPrototypeToLowerCase(endRoot.device)) return end;
  const one = segmentsOf(shares ? start : StringPrototypeSlice(start, startRoot.end), true);
  const other = segmentsOf(shares ? end : StringPrototypeSlice(end, endRoot.end), true);
  let shared = 0;
  while (shared < MathMin(one.length, other.length) && StringPrototypeToLowerCase(one[shared]) === StringPrototypeToLowerCase(other[shared])) shared++;
  if (shares && shared === 0) return end;
  const out = [];
  for (let i = shared; i < one.length; i++) ArrayPrototypePush(out, '..');
  for (let i = shared; i < other.length; i++) ArrayPrototypePush(out, other[i]);
  return ArrayPrototypeJoin(out, '\\');
}

function toNamespacedPath(path) {
  if (typeof path !== 'string' || path.length === 0) return path;
  const resolved = resolve(path);
  if (resolved.length <= 2) return path;
  if (StringPrototypeStartsWith(resolved, '\\\\')) {
    const third = resolved[2];
    return third === '?' || third === '.' ? resolved : `\\\\?\\UNC\\${StringPrototypeSlice(resolved, 2)}`;
  }
  return isLetter(resolved, 0) && resolved[1] === ':' && resolved[2] === '\\' ? `\\\\?\\${resolved}` : resolved;
}

/** Where the last segment ends, and where it begins: not before `root`. */
function lastSegment(path, root) {
  let end = path.length;
  while (end > root && isSep(path, end - 1)) end--;
  let start = end;
  while (start > root && !isSep(path, start - 1)) start--;
  return { __proto__: null, start, end };
}

/** The part of a path that is its root, as it is written: `C:\`, `\\server\share\`, `/`. */
function rootText(path) {
  const { device, end, share } = isSep(path, 0) && isSep(path, 1) ? shareRoot(path, false) : rootOf(path);
  if (share) return path;
  if (StringPrototypeStartsWith(device, '\\\\') && end < path.length && isSep(path, end)) return StringPrototypeSlice(path, 0, end + 1);
  return StringPrototypeSlice(path, 0, end);
}

function dirname(path) {
  validateString(path, 'path');
  if (path.length === 0) return '.';
  if (path.length === 1) return isSep(path, 0) ? path : '.';
  const root = rootText(path);
  const { start } = lastSegment(path, root.length);
  let end = start;
  if (end > root.length) end -= 1;
  if (end <= root.length) return root === '' ? '.' : root;
  return StringPrototypeSlice(path, 0, end);
}

const driveEnd = (path) => (path.length >= 2 && isLetter(path, 0) && StringPrototypeCharCodeAt(path, 1) === COLON ? 2 : 0);

function basename(path, suffix) {
  if (suffix !== undefined) validateString(suffix, 'suffix');
  validateString(path, 'path');
  const { start, end } = lastSegment(path, driveEnd(path));
  const base = StringPrototypeSlice(path, start, end);
  if (suffix === undefined || suffix === '' || suffix.length > path.length) return base;
  if (suffix === path) return '';
  if (suffix.length > base.length && StringPrototypeEndsWith(suffix, base)) return StringPrototypeSlice(path, base === '' ? 0 : start);
  return base !== suffix && StringPrototypeEndsWith(base, suffix) ? StringPrototypeSlice(base, 0, -suffix.length) : base;
}

function extensionOf(base) {
  let dot = base.length - 1;
  while (dot >= 0 && base[dot] !== '.') dot--;
  return dot <= 0 || base === '..' ? '' : StringPrototypeSlice(base, dot);
}

function extname(path) {
  validateString(path, 'path');
  return extensionOf(basename(path));
}

function parse(path) {
  validateString(path, 'path');
  const root = rootText(path);
  const { start, end } = lastSegment(path, root.length);
  const base = StringPrototypeSlice(path, start, end);
  const ext = extensionOf(base);
  const dir = start > root.length ? StringPrototypeSlice(path, 0, start - 1) : root;
  return { root, dir, base, ext, name: ext === '' ? base : StringPrototypeSlice(base, 0, -ext.length) };
}

function format(object) {
  validateObject(object, 'pathObject');
  const dir = object.dir || object.root;
  const ext = object.ext ? `${StringPrototypeStartsWith(object.ext, '.') ? '' : '.'}${object.ext}` : '';
  const base = object.base || `${object.name || ''}${ext}`;
  if (!dir) return base;
  return dir === object.root ? `${dir}${base}` : `${dir}\\${base}`;
}

export const win32 = {
  resolve, normalize, isAbsolute, join, relative, toNamespacedPath, dirname, basename, extname, format, parse,
  matchesGlob: (path, pattern) => matchesGlob(path, pattern, true),
  sep: '\\', delimiter: ';', win32: null, posix: null, _makeLong: toNamespacedPath,
};
