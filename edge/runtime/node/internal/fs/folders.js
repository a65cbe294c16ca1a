// Folders, synchronously: https://nodejs.org/api/fs.html#synchronous-api

import { ArrayPrototypeMap, ArrayPrototypePush, ArrayPrototypeSlice, MathFloor, MathRandom } from '../../../bootstrap/primordials.js';
import { coded, validateFunction } from '../errors.js';
import { impure } from '../../../bootstrap/state.js';
import { Dirent } from './dirent.js';
import { systemError } from './errors.js';
import { copyFile } from './files.js';
import { find, locate, placeOf } from './locate.js';
import { lstat, stat, symlink, unlink } from './meta.js';
import { encodedName, optionsOf, toMode } from './options.js';
import { pathText, joined } from './paths.js';

const NEW_FOLDER = 0o777;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export function mkdir(path, options = undefined) {
  const { recursive = false, mode } = typeof options === 'object' && options !== null ? options : { mode: options };
  const bits = toMode(mode, NEW_FOLDER);
  const found = find(path, 'mkdir', false);
  if (!recursive) return makeFolder(found, bits);
  return makeAll(found, bits);
}

function makeFolder(found, mode) {
  if (found.node !== null) throw systemError('EEXIST', 'mkdir', found.text);
  const { tree, folder, name } = placeOf(found, 'mkdir');
  tree.create(folder, name, 'folder', mode, 'mkdir', found.text);
}

/** The first folder that had to be made. */
function makeAll({ segments, text }, mode) {
  let first;
  for (let i = 1; i <= segments.length; i++) {
    const path = joined(ArrayPrototypeSlice(segments, 0, i));
    const found = find(path, 'mkdir');
    if (found.node === null) {
      makeFolder({ ...found, text }, mode);
      first ??= path;
    } else if (found.node.kind !== 'folder') throw systemError(i === segments.length ? 'EEXIST' : 'ENOTDIR', 'mkdir', text);
  }
  return first;
}

export function mkdtemp(prefix, options = undefined) {
  const { encoding } = optionsOf(options, { encoding: 'utf8' });
  impure('a random name');
  let path = pathText(prefix, 'prefix');
  for (let i = 0; i < 6; i++) path += LETTERS[MathFloor(MathRandom() * LETTERS.length)];
  mkdir(path, 0o700);
  return encodedName(path, encoding);
}

export function readdir(path, options = undefined) {
  const { encoding, withFileTypes = false, recursive = false } = optionsOf(options, { encoding: 'utf8' });
  const { tree, node, text } = locate(path, 'scandir');
  if (node.kind !== 'folder') throw systemError('ENOTDIR', 'scandir', text);
  const entries = [];
  collect(tree, node, text, '', recursive, entries);
  if (withFileTypes) return ArrayPrototypeMap(entries, ({ name, kind, parent }) => new Dirent(encodedName(name, encoding), parent, kind));
  return ArrayPrototypeMap(entries, ({ name, under }) => encodedName(under + name, encoding));
}

function collect(tree, node, parent, under, recursive, entries) {
  const list = tree.list(node);
  for (let i = 0; i < list.length; i++) {
    const name = list[i][0];
    const kind = list[i][1];
    ArrayPrototypePush(entries, { __proto__: null, name, kind, parent, under });
    if (!recursive || kind !== 'folder') continue;
    const path = `${parent === '/' ? '' : parent}/${name}`;
    const inner = locate(path, 'scandir');
    collect(inner.tree, inner.node, path, `${under}${name}/`, recursive, entries);
  }
}

export function rmdir(path, options = undefined) {
  if (options?.recursive) return rm(path, { recursive: true, force: false });
  const found = locate(path, 'rmdir', false);
  if (found.node.kind !== 'folder') throw systemError('ENOTDIR', 'rmdir', found.text);
  const { tree, folder, name } = placeOf(found, 'rmdir');
  if (found.node.children.size > 0) throw systemError('ENOTEMPTY', 'rmdir', found.text);
  tree.remove(folder, name);
  return undefined;
}

export function rm(path, options = undefined) {
  const { force = false, recursive = false } = options ?? {};
  const found = find(path, 'rm', false);
  if (found.node === null) {
    if (force) return;
    throw systemError('ENOENT', 'rm', found.text);
  }
  const { tree, folder, name } = placeOf(found, 'rm');
  if (found.node.kind === 'folder' && !recursive) {
    const error = coded(Error, 'ERR_FS_EISDIR', `Path is a directory: rm returned EISDIR (is a directory) ${found.text}`, rm);
    throw Object.assign(error, { errno: 21, syscall: 'rm', path: found.text });
  }
  tree.remove(folder, name);
}

export function cp(from, to, options = undefined) {
  const { recursive = false, force = true, errorOnExist = false, filter, dereference = false } = options ?? {};
  if (filter !== undefined) validateFunction(filter, 'options.filter');
  copyTree(pathText(from, 'src'), pathText(to, 'dest'), { __proto__: null, recursive, force, errorOnExist, filter, look: dereference ? stat : lstat });
}

function copyTree(from, to, options) {
  if (options.filter !== undefined && !options.filter(from, to)) return;
  const source = options.look(from);
  if (source.isDirectory()) copyFolder(from, to, options);
  else if (source.isSymbolicLink()) replaceLink(from, to);
  else copyOne(from, to, options);
}

function copyFolder(from, to, options) {
  if (!options.recursive) throw coded(Error, 'ERR_FS_EISDIR', `Recursive option not enabled, cannot copy a directory: ${from}`, cp);
  mkdir(to, { recursive: true });
  const names = readdir(from);
  for (let i = 0; i < names.length; i++) copyTree(`${from}/${names[i]}`, `${to}/${names[i]}`, options);
}

function copyOne(from, to, { force, errorOnExist }) {
  const there = find(to, 'cp').node;
  if (there === null || force) copyFile(from, to);
  else if (errorOnExist) throw coded(Error, 'ERR_FS_CP_EEXIST', `Target already exists: cp returned EEXIST (${to} already exists) ${to}`, cp);
}

function replaceLink(from, to) {
  const { node } = locate(from, 'cp', false);
  if (find(to, 'cp', false).node !== null) unlink(to);
  symlink(node.target, to);
}

