// Folders, synchronously: https://nodejs.org/api/fs.html#synchronous-api

import { ArrayPrototypeMap, ArrayPrototypePush, ArrayPrototypeSlice, MathFloor, SymbolDispose } from '../../../bootstrap/primordials.js';
import { random } from '../../../bootstrap/tape.js';
import { validateBoolean, validateInteger, validateObject } from '../errors.js';
import { impure } from '../../../bootstrap/state.js';
import { Dirent } from './dirent.js';
import { systemError } from './errors.js';
import { operationError } from './operation_error.js';
import { find, locate, placeOf } from './locate.js';
import { encodedName, optionsOf, toMode } from './options.js';
import { pathText, joined } from './paths.js';

const NEW_FOLDER = 0o777;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export function mkdir(path, options = undefined) {
  const { recursive = false, mode } = typeof options === 'object' && options !== null ? options : { mode: options };
  if (recursive !== null) validateBoolean(recursive, 'options.recursive');
  pathText(path);
  const bits = toMode(mode, NEW_FOLDER, typeof options === 'object' ? 'options.mode' : 'mode');
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
  const start = pathText(prefix, 'prefix');
  impure('a random name');
  let path = start;
  for (let i = 0; i < 6; i++) path += LETTERS[MathFloor(random() * LETTERS.length)];
  try {
    mkdir(path, 0o700);
  } catch (error) {
    throw systemError(error.code, 'mkdtemp', `${start}XXXXXX`);
  }
  return encodedName(path, encoding);
}

/** https://nodejs.org/api/fs.html#fsmkdtempdisposablesyncprefix-options */
export function mkdtempDisposable(prefix, options = undefined) {
  const path = mkdtemp(prefix, options);
  const remove = () => rm(path, { recursive: true, force: true });
  return { path, remove, [SymbolDispose]: remove };
}

export function readdir(path, options = undefined) {
  const { encoding, withFileTypes = false, recursive = false } = optionsOf(options, { encoding: 'utf8' });
  if (recursive !== null) validateBoolean(recursive, 'options.recursive');
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

function removalOptions(options, defaults) {
  if (options === undefined || options === null) return defaults;
  validateObject(options, 'options');
  const known = { ...defaults, ...options };
  validateBoolean(known.force, 'options.force');
  validateBoolean(known.recursive, 'options.recursive');
  validateInteger(known.retryDelay, 'options.retryDelay', 0, 2 ** 31 - 1);
  validateInteger(known.maxRetries, 'options.maxRetries', 0, 2 ** 32 - 1);
  return known;
}

const REMOVAL = { force: false, recursive: false, retryDelay: 100, maxRetries: 0 };

export function rmdir(path, options = undefined) {
  pathText(path);
  if (removalOptions(options, REMOVAL).recursive) return rm(path, { recursive: true, force: false });
  const found = locate(path, 'rmdir', false);
  if (found.node.kind !== 'folder') throw systemError('ENOTDIR', 'rmdir', found.text);
  const { tree, folder, name } = placeOf(found, 'rmdir');
  if (found.node.children.size > 0) throw systemError('ENOTEMPTY', 'rmdir', found.text);
  tree.remove(folder, name);
  return undefined;
}

export function rm(path, options = undefined) {
  pathText(path);
  const { force, recursive } = removalOptions(options, REMOVAL);
  const found = find(path, 'rm', false);
  if (found.node === null) {
    if (force) return;
    throw systemError('ENOENT', 'lstat', found.text);
  }
  if (found.node.kind === 'folder' && !recursive) throw operationError('ERR_FS_EISDIR', 'rm', 'is a directory', found.text, ['Path is a directory', 'EISDIR', 21]);
  const { tree, folder, name } = placeOf(found, 'rm');
  tree.remove(folder, name);
}
