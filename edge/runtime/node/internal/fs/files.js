// Content of files, synchronously: https://nodejs.org/api/fs.html#synchronous-api
// Everything else (callbacks, promises, streams) is made of these.

import { ArrayIsArray, NumberIsInteger, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeSubarray, Uint8Array } from '../../../bootstrap/primordials.js';
import { Buffer } from '../buffer/class.js';
import { invalidArgType, invalidArgValue, outOfRange, validateBoolean, validateInteger } from '../errors.js';
import { isArrayBufferView } from '../types.js';
import { COPYFILE_EXCL, COPYFILE_FICLONE_FORCE, O_CREAT, O_EXCL, O_TRUNC, O_WRONLY } from './constants.js';
import { checkFd, close as closeFile, fileOf, open as openFile, readInto, writeFrom } from './descriptors.js';
import { systemError } from './errors.js';
import { find, locate } from './locate.js';
import { encoded, optionsOf, toBytes, toFlags, toMode, toPosition } from './options.js';
import { pathText } from './paths.js';

const NEW_FILE = 0o666;

export function open(path, flags = 'r', mode = undefined) {
  pathText(path);
  const number = toFlags(flags);
  return openFile(path, number, toMode(mode, NEW_FILE));
}

export const close = (fd) => closeFile(fd);

const isFd = (path) => NumberIsInteger(path) && path >= 0 && path < 2 ** 32;

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

function checkFlush({ flush }) {
  if (flush !== undefined && flush !== null) validateBoolean(flush, 'options.flush');
}

export function writeFile(path, data, options = undefined) {
  const given = optionsOf(options, { encoding: 'utf8', mode: NEW_FILE, flag: 'w' });
  const { encoding, mode, flag, flush } = given;
  checkFlush(given);
  const bytes = toBytes(data, encoding);
  withFile(path, flag, mode, (fd) => {
    writeFrom(fd, bytes, null);
    if (flush) import('../../fs.js').default.fsyncSync(fd);
  });
}

export function appendFile(path, data, options = undefined) {
  const given = optionsOf(options, { encoding: 'utf8', mode: NEW_FILE, flag: 'a' });
  writeFile(path, data, isFd(path) ? given : { ...given, flag: given.flag ?? 'a' });
}

/** What `copyFile` and `cp` take as mode. */
export function toCopyMode(mode, name = 'mode') {
  if (mode === undefined || mode === null) return 0;
  if (typeof mode !== 'number') throw invalidArgType(name, 'integer', mode);
  if (!NumberIsInteger(mode)) throw outOfRange(name, 'an integer', mode);
  if (mode < 0 || mode > 7) throw outOfRange(name, '>= 0 && <= 7', mode);
  return mode;
}

export function copyFile(from, to, mode = 0) {
  const source = pathText(from, 'src');
  const target = pathText(to, 'dest');
  const how = toCopyMode(mode);
  try {
    copyContent(source, target, how);
  } catch (error) {
    throw error.syscall === undefined ? error : systemError(error.code, 'copyfile', source, target);
  }
}

function copyContent(source, target, how) {
  const { node, tree, text } = locate(source, 'copyfile');
  if (node.kind === 'folder') throw systemError('EISDIR', 'copyfile', text, target);
  if (how & COPYFILE_FICLONE_FORCE) throw systemError('ENOSYS', 'copyfile', text, target);
  const { node: there } = find(target, 'copyfile');
  if (there === node) return;
  const bytes = new Uint8Array(node.size);
  tree.read(node, 0, bytes, 0, node.size);
  withFile(target, O_WRONLY | O_CREAT | O_TRUNC | (how & COPYFILE_EXCL ? O_EXCL : 0), node.mode & 0o777, (fd) => writeFrom(fd, bytes, null));
}

function toLength(length) {
  if (length === undefined || length === null) return 0;
  validateInteger(length, 'len');
  return length > 0 ? length : 0;
}

export function ftruncate(fd, length = 0) {
  checkFd(fd);
  const size = toLength(length);
  const file = fileOf(fd, 'ftruncate');
  if (!(file.flags & 3)) throw systemError('EINVAL', 'ftruncate');
  file.tree.truncate(file.node, size);
}

export function truncate(path, length = 0) {
  const size = toLength(length);
  withFile(path, 'r+', undefined, (fd) => ftruncate(fd, size));
}

export const fsync = (fd) => { fileOf(fd, 'fsync'); };
export const fdatasync = (fd) => { fileOf(fd, 'fdatasync'); };

/** `{offset, length, position}` of the arguments behind the buffer of read and write, in their many forms. */
function span(buffer, given, writes) {
  const size = TypedArrayPrototypeGetByteLength(buffer);
  const first = given[0];
  const isNamed = given.length <= 1 && typeof first === 'object' && first !== null;
  if (writes && given.length === 1 && first !== undefined && first !== null && typeof first !== 'object' && typeof first !== 'number') throw invalidArgType('options', 'Object', first);
  const named = isNamed ? first : { offset: first, length: given[1], position: given[2] };
  const offset = toOffset(named.offset);
  const length = named.length ?? size - offset;
  if (typeof length !== 'number') throw invalidArgType('length', 'integer', length);
  // Nothing can be read into nothing, wherever.
  if (!writes && length === 0) return { __proto__: null, offset: 0, length, position: toPosition(named.position, size) };
  if (!writes && size === 0) throw invalidArgValue('buffer', buffer, 'is empty and cannot be written');
  if (offset > size) throw outOfRange('offset', `<= ${size}`, offset);
  validateSpan(length, size - offset);
  return { __proto__: null, offset, length, position: writes ? toWritePosition(named.position) : toPosition(named.position, length) };
}

function toOffset(offset) {
  if (offset === undefined || offset === null) return 0;
  validateInteger(offset, 'offset', 0);
  return offset;
}

function validateSpan(length, room) {
  if (!NumberIsInteger(length)) throw outOfRange('length', 'an integer', length);
  if (length < 0) throw outOfRange('length', '>= 0', length);
  if (length > room) throw outOfRange('length', `<= ${room}`, length);
}

// Whoever writes at what is no position writes where the last write ended.
const toWritePosition = (position) => (typeof position === 'number' && position >= 0 ? position : typeof position === 'bigint' && position >= 0n ? Number(position) : null);

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

export function read(fd, buffer, ...given) {
  checkFd(fd);
  if (!isArrayBufferView(buffer)) throw invalidArgType('buffer', ['Buffer', 'TypedArray', 'DataView'], buffer);
  const bytes = bytesOf(buffer);
  const { offset, length, position } = span(bytes, given, false);
  if (length === 0) {
    fileOf(fd, 'read');
    return 0;
  }
  return readInto(fd, bytes, offset, length, position);
}

export function write(fd, data, ...given) {
  checkFd(fd);
  if (typeof data === 'string') {
    const encoding = given[1] ?? 'utf8';
    if (typeof encoding === 'string' && !Buffer.isEncoding(encoding)) throw invalidArgValue('encoding', encoding);
    return output(fd, Buffer.from(data, encoding), toWritePosition(given[0]));
  }
  if (!isArrayBufferView(data)) throw invalidArgType('buffer', ['Buffer', 'TypedArray', 'DataView', 'string'], data);
  const bytes = bytesOf(data);
  const { offset, length, position } = span(bytes, given, true);
  return output(fd, TypedArrayPrototypeSubarray(bytes, offset, offset + length), position);
}

// Standard output and error are lines of the function's log.
function output(fd, bytes, position) {
  if (fd !== 1 && fd !== 2) return writeFrom(fd, bytes, position);
  const process = import('../../process.js').default;
  (fd === 1 ? process.stdout : process.stderr).write(bytes);
  return bytes.length;
}

function each(fd, buffers, position, one) {
  checkFd(fd);
  if (!ArrayIsArray(buffers)) throw invalidArgType('buffers', 'ArrayBufferView[]', buffers);
  for (let i = 0; i < buffers.length; i++) if (!isArrayBufferView(buffers[i])) throw invalidArgType('buffers', 'ArrayBufferView[]', buffers);
  let at = typeof position === 'number' ? position : null;
  let total = 0;
  for (let i = 0; i < buffers.length; i++) {
    const count = one(buffers[i], at);
    total += count;
    if (at !== null) at += count;
    if (count < buffers[i].byteLength) break;
  }
  return total;
}

export const readv = (fd, buffers, position = null) => each(fd, buffers, position, (buffer, at) => read(fd, buffer, 0, buffer.byteLength, at));
export const writev = (fd, buffers, position = null) => each(fd, buffers, position, (buffer, at) => write(fd, buffer, 0, buffer.byteLength, at));
