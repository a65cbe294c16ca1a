// What is known about files and folders, synchronously: https://nodejs.org/api/fs.html#synchronous-api

import { DateNow, MathMax, MathTrunc, NumberIsInteger } from '../../../bootstrap/primordials.js';
import { invalidArgType, outOfRange } from '../errors.js';
import { named } from '../named.js';
import { S_IFMT, W_OK, X_OK } from './constants.js';
import { fileOf } from './descriptors.js';
import { systemError } from './errors.js';
import { find, locate, placeOf, temporary } from './locate.js';
import { MAX_BYTES, MAX_NODES } from './memory_tree.js';
import { encodedName, optionsOf, toMode, toTime } from './options.js';
import { readOnly } from './package_tree.js';
import { pathText, segmentsOf } from './paths.js';
import { statsOf } from './stats.js';

const BLOCK = 4096;
const StatFs = named('StatFs', class {});

export function access(path, mode = 0) {
  if (typeof mode !== 'number') throw invalidArgType('mode', 'number', mode);
  if (!NumberIsInteger(mode) || mode < 0 || mode > 7) throw outOfRange('mode', 'an integer >= 0 && <= 7', mode);
  const { node, text } = locate(path, 'access');
  if (mode & W_OK && node.readOnly) throw systemError('EROFS', 'access', text);
  if (mode & X_OK && !(node.mode & 0o111)) throw systemError('EACCES', 'access', text);
}

export function exists(path) {
  try {
    return find(path, 'access').node !== null;
  } catch {
    return false;
  }
}

function statWith(syscall, follow) {
  return (path, options = undefined) => {
    const { bigint = false, throwIfNoEntry = true } = options ?? {};
    const found = find(path, syscall, follow);
    if (found.node !== null) return statsOf(found.node, bigint);
    if (!throwIfNoEntry) return undefined;
    throw systemError('ENOENT', syscall, found.text);
  };
}

export const stat = statWith('stat', true);
export const lstat = statWith('lstat', false);
export const fstat = (fd, options = undefined) => statsOf(fileOf(fd, 'fstat').node, options?.bigint === true);

export function statfs(path, options = undefined) {
  const { node } = locate(path, 'statfs');
  const room = node.readOnly ? 0 : MathMax(0, MAX_BYTES - temporary().bytes);
  const free = MathTrunc(room / BLOCK);
  const files = node.readOnly ? 0 : MAX_NODES;
  const fields = { type: node.dev, bsize: BLOCK, blocks: node.readOnly ? 0 : MAX_BYTES / BLOCK, bfree: free, bavail: free, files, ffree: node.readOnly ? 0 : files - temporary().count };
  const result = new StatFs();
  for (const name in fields) result[name] = options?.bigint === true ? BigInt(fields[name]) : fields[name];
  return result;
}

export function realpath(path, options = undefined) {
  const { encoding } = optionsOf(options, { encoding: 'utf8' });
  return encodedName(locate(path, 'realpath').node.path, encoding);
}

export function readlink(path, options = undefined) {
  const { encoding } = optionsOf(options, { encoding: 'utf8' });
  const { node, text } = locate(path, 'readlink', false);
  if (node.kind !== 'link') throw systemError('EINVAL', 'readlink', text);
  return encodedName(node.target, encoding);
}

/** The node of a path, to be changed. */
function changeable(path, syscall, follow = true) {
  const { node, text } = locate(path, syscall, follow);
  if (node.readOnly) throw readOnly(syscall, text);
  return node;
}

function setMode(node, mode) {
  node.mode = (node.mode & S_IFMT) | (toMode(mode) & 0o7777);
  node.times.ctime = DateNow();
}

function setTimes(node, atime, mtime) {
  node.times.atime = toTime(atime, 'atime');
  node.times.mtime = toTime(mtime, 'mtime');
  node.times.ctime = DateNow();
}

function openNode(fd, syscall) {
  const { node } = fileOf(fd, syscall);
  if (node.readOnly) throw readOnly(syscall);
  return node;
}

export const chmod = (path, mode) => setMode(changeable(path, 'chmod'), mode);
export const lchmod = (path, mode) => setMode(changeable(path, 'lchmod', false), mode);
export const fchmod = (fd, mode) => setMode(openNode(fd, 'fchmod'), mode);
export const utimes = (path, atime, mtime) => setTimes(changeable(path, 'utime'), atime, mtime);
export const lutimes = (path, atime, mtime) => setTimes(changeable(path, 'lutime', false), atime, mtime);
export const futimes = (fd, atime, mtime) => setTimes(openNode(fd, 'futime'), atime, mtime);

// Everything belongs to the function; it can be given to nobody else.
function refuseOwner(uid, gid, syscall, path) {
  if (typeof uid !== 'number') throw invalidArgType('uid', 'number', uid);
  if (typeof gid !== 'number') throw invalidArgType('gid', 'number', gid);
  if ((uid !== 0 && uid !== -1) || (gid !== 0 && gid !== -1)) throw systemError('EPERM', syscall, path);
}

export const chown = (path, uid, gid) => { changeable(path, 'chown'); refuseOwner(uid, gid, 'chown', pathText(path)); };
export const lchown = (path, uid, gid) => { changeable(path, 'lchown', false); refuseOwner(uid, gid, 'lchown', pathText(path)); };
export const fchown = (fd, uid, gid) => { openNode(fd, 'fchown'); refuseOwner(uid, gid, 'fchown'); };

export function unlink(path) {
  const found = locate(path, 'unlink', false);
  const { tree, folder, name } = placeOf(found, 'unlink');
  if (found.node.kind === 'folder') throw systemError('EISDIR', 'unlink', found.text);
  tree.remove(folder, name);
}

export function rename(from, to) {
  const target = pathText(to, 'newPath');
  const source = locate(pathText(from, 'oldPath'), 'rename', false);
  const place = placeOf(source, 'rename', target);
  const found = find(target, 'rename', false);
  if (found.segments[0] === 'app') throw systemError('EXDEV', 'rename', source.text, target);
  const goal = placeOf(found, 'rename', target);
  if (found.node !== null && found.node !== source.node) checkReplace(source, found, target);
  if (source.node.kind === 'folder' && isInside(found.segments, source.segments)) throw systemError('EINVAL', 'rename', source.text, target);
  place.tree.move(place.folder, place.name, goal.folder, goal.name);
}

function isInside(segments, folder) {
  for (let i = 0; i < folder.length; i++) if (segments[i] !== folder[i]) return false;
  return segments.length > folder.length;
}

function checkReplace(source, { node }, target) {
  if (node.kind === 'folder' && source.node.kind !== 'folder') throw systemError('EISDIR', 'rename', source.text, target);
  if (node.kind !== 'folder' && source.node.kind === 'folder') throw systemError('ENOTDIR', 'rename', source.text, target);
  if (node.kind === 'folder' && node.children.size > 0) throw systemError('ENOTEMPTY', 'rename', source.text, target);
}

export function symlink(target, path) {
  const text = pathText(target, 'target');
  const found = find(pathText(path), 'symlink', false);
  const { tree, folder, name } = placeOf(found, 'symlink');
  if (found.node !== null) throw systemError('EEXIST', 'symlink', text, found.text);
  const link = tree.create(folder, name, 'link', 0o777, 'symlink', found.text);
  link.target = text;
  link.size = text.length;
  link.segments = segmentsOf(text[0] === '/' ? text : `${folder.path}/${text}`);
}

export function link(existing, path) {
  const { text } = locate(pathText(existing, 'existingPath'), 'link');
  throw systemError('EPERM', 'link', text, pathText(path, 'newPath'));
}
