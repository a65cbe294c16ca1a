// node:path, POSIX: https://nodejs.org/api/path.html

import {
  ArrayPrototypeJoin,
  ArrayPrototypePop,
  ArrayPrototypePush,
  MathMin,
  StringPrototypeCharCodeAt,
  StringPrototypeEndsWith,
  StringPrototypeLastIndexOf,
  StringPrototypeSlice,
  StringPrototypeSplit,
  StringPrototypeStartsWith,
} from '../bootstrap/primordials.js';
import { validateObject, validateString } from './internal/errors.js';
import { matchesGlob } from './internal/path/glob.js';
import { win32 } from './internal/path/win32.js';

const CWD = '/app';
const SLASH = 47;
const isAbsoluteText = (path) => StringPrototypeCharCodeAt(path, 0) === SLASH;

/** Segments without "." and with ".." applied; ".." at the start stays only in a relative path. */
function resolveSegments(path, absolute) {
  const kept = [];
  const segments = StringPrototypeSplit(path, '/');
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i];
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') ArrayPrototypePush(kept, segment);
    else if (kept.length > 0 && kept[kept.length - 1] !== '..') ArrayPrototypePop(kept);
    else if (!absolute) ArrayPrototypePush(kept, '..');
  }
  return kept;
}

function normalize(path) {
  validateString(path, 'path');
  if (path.length === 0) return '.';
  const absolute = isAbsoluteText(path);
  let normal = ArrayPrototypeJoin(resolveSegments(path, absolute), '/');
  if (normal.length === 0) return absolute ? '/' : StringPrototypeEndsWith(path, '/') ? './' : '.';
  if (StringPrototypeEndsWith(path, '/')) normal += '/';
  return absolute ? `/${normal}` : normal;
}

function join(...paths) {
  const given = [];
  for (let i = 0; i < paths.length; i++) {
    validateString(paths[i], 'path');
    if (paths[i].length > 0) ArrayPrototypePush(given, paths[i]);
  }
  return given.length === 0 ? '.' : normalize(ArrayPrototypeJoin(given, '/'));
}

function resolve(...paths) {
  let whole = '';
  for (let i = paths.length - 1; i >= 0 && !isAbsoluteText(whole); i--) {
    validateString(paths[i], `paths[${i}]`);
    if (paths[i].length > 0) whole = whole === '' ? paths[i] : `${paths[i]}/${whole}`;
  }
  if (!isAbsoluteText(whole)) whole = `${CWD}/${whole}`;
  return `/${ArrayPrototypeJoin(resolveSegments(whole, true), '/')}`;
}

function relative(from, to) {
  validateString(from, 'from');
  validateString(to, 'to');
  if (from === to) return '';
  const start = resolveSegments(resolve(from), true);
  const end = resolveSegments(resolve(to), true);
  let shared = 0;
  while (shared < MathMin(start.length, end.length) && start[shared] === end[shared]) shared++;
  const out = [];
  for (let i = shared; i < start.length; i++) ArrayPrototypePush(out, '..');
  for (let i = shared; i < end.length; i++) ArrayPrototypePush(out, end[i]);
  return ArrayPrototypeJoin(out, '/');
}

/** Where the last segment ends: trailing slashes belong to nothing. */
function lastEnd(path) {
  let end = path.length;
  while (end > 1 && StringPrototypeCharCodeAt(path, end - 1) === SLASH) end--;
  return end;
}

function dirname(path) {
  validateString(path, 'path');
  if (path.length === 0) return '.';
  // Slashes between the last two segments belong to the folder, but for one.
  const end = lastEnd(path) === 1 ? -1 : StringPrototypeLastIndexOf(path, '/', lastEnd(path) - 1);
  if (end <= 0) return isAbsoluteText(path) ? '/' : '.';
  return end === 1 && isAbsoluteText(path) ? '//' : StringPrototypeSlice(path, 0, end);
}

function basename(path, suffix) {
  if (suffix !== undefined) validateString(suffix, 'suffix');
  validateString(path, 'path');
  const end = lastEnd(path);
  const start = end === 1 && isAbsoluteText(path) ? end : StringPrototypeLastIndexOf(path, '/', end - 1) + 1;
  const base = StringPrototypeSlice(path, start, end);
  if (suffix === undefined || suffix === '' || suffix.length > path.length) return base;
  if (suffix === path) return '';
  // A suffix that begins before the last segment takes nothing off, not even the slashes at the end.
  if (suffix.length > base.length && StringPrototypeEndsWith(suffix, base)) return StringPrototypeSlice(path, base === '' ? 0 : start);
  return base !== suffix && StringPrototypeEndsWith(base, suffix) ? StringPrototypeSlice(base, 0, -suffix.length) : base;
}

/** The extension of a base name: from its last dot, unless that begins the name. */
function extensionOf(base) {
  const dot = StringPrototypeLastIndexOf(base, '.');
  return dot <= 0 || base === '..' ? '' : StringPrototypeSlice(base, dot);
}

function extname(path) {
  validateString(path, 'path');
  return extensionOf(basename(path));
}

function parse(path) {
  validateString(path, 'path');
  const root = isAbsoluteText(path) ? '/' : '';
  const base = basename(path);
  const end = lastEnd(path);
  const ext = extensionOf(base);
  let dir = StringPrototypeSlice(path, 0, end - base.length);
  if (dir.length > 1 && StringPrototypeEndsWith(dir, '/')) dir = StringPrototypeSlice(dir, 0, -1);
  if (base === '') dir = root;
  return { root, dir, base, ext, name: ext === '' ? base : StringPrototypeSlice(base, 0, -ext.length) };
}

function format(object) {
  validateObject(object, 'pathObject');
  const dir = object.dir || object.root;
  const ext = object.ext ? `${StringPrototypeStartsWith(object.ext, '.') ? '' : '.'}${object.ext}` : '';
  const base = object.base || `${object.name || ''}${ext}`;
  if (!dir) return base;
  return dir === object.root ? `${dir}${base}` : `${dir}/${base}`;
}

const posix = {
  resolve,
  normalize,
  isAbsolute(path) {
    validateString(path, 'path');
    return path.length > 0 && isAbsoluteText(path);
  },
  join,
  relative,
  toNamespacedPath: (path) => path,
  dirname,
  basename,
  extname,
  format,
  parse,
  matchesGlob: (path, pattern) => matchesGlob(path, pattern, false),
  sep: '/',
  delimiter: ':',
  win32,
  posix: null,
  _makeLong: (path) => path,
};
posix.posix = win32.posix = posix;
win32.win32 = win32;

export default posix;
