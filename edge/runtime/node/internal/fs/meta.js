// What is known about files and folders, synchronously: https://nodejs.org/api/fs.html#synchronous-api

import { ArrayPrototypeSlice, Error, MathMax, MathTrunc, NumberIsInteger, String } from '../../../bootstrap/primordials.js';
import { readClock } from '../../../bootstrap/tape.js';
import { coded, invalidArgType, outOfRange, validateInteger } from '../errors.js';
import { named } from '../named.js';
import { S_IFMT, W_OK, X_OK } from './constants.js';
import { checkFd, fileOf } from './descriptors.js';
import { systemError } from './errors.js';
import { find, locate, placeOf, temporary } from './locate.js';
import { MAX_BYTES, MAX_NODES } from './memory_tree.js';
import { encodedName, optionsOf, toMode, toTime } from './options.js';
import { readOnly } from './package_tree.js';
import { joined, pathText, segmentsOf } from './paths.js';
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
// Standard input, output and error are devices.
const standard = { __proto__: null, size: 0, mode: 0o20620, ino: 0, dev: 3, times: { __proto__: null, atime: 0, mtime: 0, ctime: 0, birthtime: 0 } };

export function fstat(fd, options = undefined) {
  const node = checkFd(fd) <= 2 ? standard : fileOf(fd, 'fstat').node;
  return statsOf(node, options?.bigint === true);
}

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

// A file with several names is called by the one of its path.
function nameOf({ node, segments }) {
  if (!(node.links > 1)) return node.path;
  const folder = locate(joined(ArrayPrototypeSlice(segments, 0, -1)), 'realpath').node;
  return `${folder.path}/${segments[segments.length - 1]}`;
}

export function realpath(path, options = undefined) {
  const { encoding } = optionsOf(options, { encoding: 'utf8' });
  return encodedName(nameOf(locate(path, 'realpath')), encoding);
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
  node.mode = (node.mode & S_IFMT) | (mode & 0o7777);
  node.times.ctime = readClock();
}

function setTimes(node, times) {
  node.times.atime = times[0];
  node.times.mtime = times[1];
  node.times.ctime = readClock();
}

function openNode(fd, syscall) {
  const { node } = fileOf(fd, syscall);
  if (node.readOnly) throw readOnly(syscall);
  return node;
}

/** Arguments are checked before it is looked whether there is something to change. */
function changeMode(path, mode, syscall, follow) {
  pathText(path);
  const bits = toMode(mode);
  setMode(changeable(path, syscall, follow), bits);
}

export const chmod = (path, mode) => changeMode(path, mode, 'chmod', true);
export const lchmod = (path, mode) => changeMode(path, mode, 'lchmod', false);

export function fchmod(fd, mode) {
  checkFd(fd);
  const bits = toMode(mode);
  setMode(openNode(fd, 'fchmod'), bits);
}

function changeTimes(path, atime, mtime, syscall, follow) {
  pathText(path);
  const times = [toTime(atime, 'atime'), toTime(mtime, 'mtime')];
  setTimes(changeable(path, syscall, follow), times);
}

export const utimes = (path, atime, mtime) => changeTimes(path, atime, mtime, 'utime', true);
export const lutimes = (path, atime, mtime) => changeTimes(path, atime, mtime, 'lutime', false);

export function futimes(fd, atime, mtime) {
  checkFd(fd);
  const times = [toTime(atime, 'atime'), toTime(mtime, 'mtime')];
  setTimes(openNode(fd, 'futime'), times);
}

// Everything belongs to the function; it can be given to nobody else.
function refuseOwner(uid, gid, syscall, path) {
  if ((uid !== 0 && uid !== -1) || (gid !== 0 && gid !== -1)) throw systemError('EPERM', syscall, path);
}

function checkOwner(uid, gid) {
  validateInteger(uid, 'uid', -1, 2 ** 32 - 1);
  validateInteger(gid, 'gid', -1, 2 ** 32 - 1);
}

function giveTo(path, uid, gid, syscall, follow) {
  pathText(path);
  checkOwner(uid, gid);
  changeable(path, syscall, follow);
  refuseOwner(uid, gid, syscall, pathText(path));
}

export const chown = (path, uid, gid) => giveTo(path, uid, gid, 'chown', true);
export const lchown = (path, uid, gid) => giveTo(path, uid, gid, 'lchown', false);

export function fchown(fd, uid, gid) {
  checkFd(fd);
  checkOwner(uid, gid);
  openNode(fd, 'fchown');
  refuseOwner(uid, gid, 'fchown');
}

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

const LINK_TYPES = { __proto__: null, dir: true, file: true, junction: true };

export function symlink(target, path, type = undefined) {
  // On Linux the type changes nothing.
  if (type !== undefined && type !== null && !LINK_TYPES[type]) throw coded(Error, 'ERR_FS_INVALID_SYMLINK_TYPE', `Symlink type must be one of "dir", "file", or "junction". Received ${typeof type === 'string' ? `"${type}"` : String(type)}`);
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
  const source = pathText(existing, 'existingPath');
  const target = pathText(path, 'newPath');
  const old = find(source, 'link', false);
  if (old.node === null) throw systemError('ENOENT', 'link', source, target);
  if (old.node.kind === 'folder') throw systemError('EPERM', 'link', source, target);
  if (old.node.readOnly) throw old.segments[0] === 'app' && segmentsOf(target)[0] === 'tmp' ? systemError('EXDEV', 'link', source, target) : readOnly('link', source, target);
  const found = find(target, 'link', false);
  if (found.node !== null) throw systemError('EEXIST', 'link', source, target);
  const { tree, folder, name } = placeOf({ ...found, text: source }, 'link', target);
  tree.link(folder, name, old.node, 'link', source, target);
}
