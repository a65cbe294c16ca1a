// Open files, by number; those of an invocation end with it.

import { MathMin, NumberIsInteger, SafeMap, TypedArrayPrototypeGetLength } from '../../../bootstrap/primordials.js';
import { invocationLocal } from '../../../bootstrap/invocation_local.js';
import { invalidArgType, outOfRange } from '../errors.js';
import { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_RDONLY, O_TRUNC, O_WRONLY } from './constants.js';
import { systemError } from './errors.js';
import { find, placeOf } from './locate.js';

const MAX_OPEN = 1024;
const FIRST = 3;
const ACCESS = 3;

const table = invocationLocal(() => ({ __proto__: null, files: new SafeMap(), next: FIRST }));

export function checkFd(fd) {
  if (typeof fd !== 'number') throw invalidArgType('fd', 'number', fd);
  if (!NumberIsInteger(fd)) throw outOfRange('fd', 'an integer', fd);
  if (fd < 0 || fd > 2147483647) throw outOfRange('fd', '>= 0 && <= 2147483647', fd);
  return fd;
}

/** The open file of a number. */
export function fileOf(fd, syscall) {
  const file = table().files.get(checkFd(fd));
  if (file === undefined) throw systemError('EBADF', syscall);
  return file;
}

/** Open a path; its number. */
export function open(path, flags, mode) {
  const found = find(path, 'open', !(flags & O_CREAT && flags & O_EXCL));
  const writes = (flags & ACCESS) !== O_RDONLY;
  let { node } = found;
  if (node === null) {
    if (!(flags & O_CREAT)) throw systemError('ENOENT', 'open', found.text);
    const { tree, folder, name } = placeOf(found, 'open');
    node = tree.create(folder, name, 'file', mode, 'open', found.text);
  } else checkOpen(node, flags, writes, found.text);
  if (flags & O_TRUNC && writes && node.size > 0) found.tree.truncate(node, 0);
  return enter({ __proto__: null, tree: found.tree, node, flags, position: 0, path: found.text });
}

function checkOpen(node, flags, writes, text) {
  if (flags & O_CREAT && flags & O_EXCL) throw systemError('EEXIST', 'open', text);
  if (node.kind === 'folder' && writes) throw systemError('EISDIR', 'open', text);
  if (node.kind === 'file' && flags & O_DIRECTORY) throw systemError('ENOTDIR', 'open', text);
  if (node.readOnly && writes) throw systemError('EROFS', 'open', text);
}

function enter(file) {
  const { files } = table();
  if (files.size >= MAX_OPEN) throw systemError('EMFILE', 'open', file.path);
  let fd = FIRST;
  while (files.has(fd)) fd += 1;
  files.set(fd, file);
  return fd;
}

export function close(fd) {
  fileOf(fd, 'close');
  table().files.delete(fd);
}

/** Read from `position`, or from where the last read ended when that is null. */
export function readInto(fd, target, offset, length, position) {
  const file = fileOf(fd, 'read');
  if (file.node.kind === 'folder') throw systemError('EISDIR', 'read');
  if ((file.flags & ACCESS) === O_WRONLY) throw systemError('EBADF', 'read');
  const from = position ?? file.position;
  const got = file.tree.read(file.node, from, target, offset, MathMin(length, TypedArrayPrototypeGetLength(target) - offset));
  if (position === null) file.position += got;
  return got;
}

/** Write `bytes` at `position`, or where the last write ended when that is null. */
export function writeFrom(fd, bytes, position) {
  const file = fileOf(fd, 'write');
  if ((file.flags & ACCESS) === O_RDONLY) throw systemError('EBADF', 'write');
  const at = file.flags & O_APPEND ? file.node.size : position ?? file.position;
  const written = file.tree.write(file.node, at, bytes);
  if (position === null || file.flags & O_APPEND) file.position = at + written;
  return written;
}

