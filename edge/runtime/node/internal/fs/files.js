// Content of files, synchronously: https://nodejs.org/api/fs.html#synchronous-api
// Everything else (callbacks, promises, streams) is made of these.

import { ArrayIsArray, NumberIsInteger, TypedArrayPrototypeGetByteLength, Uint8Array } from '../../../bootstrap/primordials.js';
import { Buffer } from '../buffer/class.js';
import { invalidArgType, outOfRange } from '../errors.js';
import { isArrayBufferView } from '../types.js';
import { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE, O_CREAT, O_EXCL, O_TRUNC, O_WRONLY } from './constants.js';
import { checkFd, close as closeFile, fileOf, open as openFile, readInto, writeFrom } from './descriptors.js';
import { systemError } from './errors.js';
import { locate } from './locate.js';
import { encoded, optionsOf, toBytes, toFlags, toMode, toPosition } from './options.js';
import { pathText } from './paths.js';

const NEW_FILE = 0o666;

export function open(path, flags = 'r', mode = undefined) {
  pathText(path);
  return openFile(path, toFlags(flags), toMode(mode, NEW_FILE));
}

export const close = (fd) => closeFile(fd);

const isFd = (path) => typeof path === 'number';

/** Run `use` with the number of a file that is opened for it, unless it is open already. */
function withFile(path, flags, mode, use) {
  if (isFd(path)) return use(checkFd(path));
  const fd = open(path, flags, mode);
  try {
    return use(fd);
  } finally {
    closeFile(fd);
  }
}

export function readFile(path, options = undefined) {
  const { encoding, flag } = optionsOf(options, { encoding: null, flag: 'r' });
  return withFile(path, flag, undefined, (fd) => {
    const { node, position } = fileOf(fd, 'read');
    const start = isFd(path) ? position : 0;
    const bytes = Buffer.alloc(node.kind === 'file' && node.size > start ? node.size - start : 0);
    readInto(fd, bytes, 0, bytes.length, null);
    return encoded(bytes, encoding);
  });
}

export function writeFile(path, data, options = undefined) {
  const { encoding, mode, flag } = optionsOf(options, { encoding: 'utf8', mode: NEW_FILE, flag: 'w' });
  const bytes = toBytes(data, encoding);
  withFile(path, flag, mode, (fd) => writeFrom(fd, bytes, null));
}

export function appendFile(path, data, options = undefined) {
  writeFile(path, data, optionsOf(options, { encoding: 'utf8', mode: NEW_FILE, flag: 'a' }));
}

export function copyFile(from, to, mode = 0) {
  if (typeof mode !== 'number') throw invalidArgType('mode', 'number', mode);
  if (!NumberIsInteger(mode) || mode < 0 || mode > 7) throw outOfRange('mode', 'an integer >= 0 && <= 7', mode);
  const target = pathText(to, 'dest');
  const { node, tree, text } = locate(pathText(from, 'src'), 'copyfile');
  if (node.kind === 'folder') throw systemError('EISDIR', 'copyfile', text, target);
  if (mode & COPYFILE_FICLONE_FORCE) throw systemError('ENOSYS', 'copyfile', text, target);
  const bytes = new Uint8Array(node.size);
  tree.read(node, 0, bytes, 0, node.size);
  try {
    withFile(target, O_WRONLY | O_CREAT | O_TRUNC | (mode & COPYFILE_EXCL ? O_EXCL : 0), node.mode | 0o200, (fd) => writeFrom(fd, bytes, null));
  } catch (error) {
    throw error.syscall === 'open' ? systemError(error.code, 'copyfile', text, target) : error;
  }
}

export function ftruncate(fd, length = 0) {
  const file = fileOf(fd, 'ftruncate');
  if (!(file.flags & 3)) throw systemError('EINVAL', 'ftruncate');
  file.tree.truncate(file.node, length > 0 ? length : 0);
}

export function truncate(path, length = 0) {
  if (!NumberIsInteger(length ?? 0)) throw invalidArgType('len', 'integer', length);
  withFile(path, 'r+', undefined, (fd) => ftruncate(fd, length ?? 0));
}

export const fsync = (fd) => { fileOf(fd, 'fsync'); };
export const fdatasync = (fd) => { fileOf(fd, 'fdatasync'); };

/** `{offset, length, position}` of the arguments behind the buffer of read and write, in their many forms. */
function span(buffer, given) {
  const size = TypedArrayPrototypeGetByteLength(buffer);
  const named = typeof given[0] === 'object' && given[0] !== null ? given[0] : { offset: given[0], length: given[1], position: given[2] };
  const offset = named.offset ?? 0;
  if (!NumberIsInteger(offset)) throw invalidArgType('offset', 'integer', offset);
  if (offset < 0 || offset > size) throw outOfRange('offset', `>= 0 && <= ${size}`, offset);
  const length = named.length ?? size - offset;
  if (!NumberIsInteger(length)) throw invalidArgType('length', 'integer', length);
  if (length < 0 || length > size - offset) throw outOfRange('length', `>= 0 && <= ${size - offset}`, length);
  return { __proto__: null, offset, length, position: toPosition(named.position) };
}

const bytesOf = (view) => (ArrayBuffer.isView(view) ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : view);

export function read(fd, buffer, ...given) {
  checkFd(fd);
  if (!isArrayBufferView(buffer)) throw invalidArgType('buffer', ['Buffer', 'TypedArray', 'DataView'], buffer);
  const bytes = bytesOf(buffer);
  const { offset, length, position } = span(bytes, given);
  if (length === 0) return 0;
  return readInto(fd, bytes, offset, length, position);
}

export function write(fd, data, ...given) {
  checkFd(fd);
  if (typeof data === 'string') return output(fd, Buffer.from(data, given[1] ?? 'utf8'), toPosition(given[0]));
  if (!isArrayBufferView(data)) throw invalidArgType('buffer', ['Buffer', 'TypedArray', 'DataView', 'string'], data);
  const bytes = bytesOf(data);
  const { offset, length, position } = span(bytes, given);
  return output(fd, bytes.subarray(offset, offset + length), position);
}

// Standard output and error are lines of the function's log.
function output(fd, bytes, position) {
  if (fd !== 1 && fd !== 2) return writeFrom(fd, bytes, position);
  const process = import('../../process.js').default;
  (fd === 1 ? process.stdout : process.stderr).write(bytes);
  return bytes.length;
}

function each(buffers, position, one) {
  if (!ArrayIsArray(buffers)) throw invalidArgType('buffers', 'ArrayBufferView[]', buffers);
  let at = toPosition(position);
  let total = 0;
  for (let i = 0; i < buffers.length; i++) {
    const count = one(buffers[i], at);
    total += count;
    if (at !== null) at += count;
    if (count < buffers[i].byteLength) break;
  }
  return total;
}

export const readv = (fd, buffers, position = null) => each(buffers, position, (buffer, at) => read(fd, buffer, 0, buffer.byteLength, at));
export const writev = (fd, buffers, position = null) => each(buffers, position, (buffer, at) => write(fd, buffer, 0, buffer.byteLength, at));

