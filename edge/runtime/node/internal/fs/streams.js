// fs.ReadStream and fs.WriteStream: https://nodejs.org/api/fs.html#class-fsreadstream

import { MathMin, NumberIsInteger, ObjectDefineProperty } from '../../../bootstrap/primordials.js';
import { queueTask } from '../../../bootstrap/tasks.js';
import { Buffer } from '../buffer/class.js';
import { invalidArgType, outOfRange } from '../errors.js';
import { Stream } from '../stream/package.js';
import { close, open, read, write } from './files.js';
import { optionsOf } from './options.js';
import { pathText } from './paths.js';

const PIECE = 65536;

function checkPlace(value, name) {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!NumberIsInteger(value) || value < 0) throw outOfRange(name, '>= 0', value);
}

/** The number of an open file, from a number or a FileHandle. */
const isHandle = (fd) => typeof fd === 'object' && fd !== null;
const descriptorOf = (fd) => (isHandle(fd) ? fd.fd : fd ?? null);

// What both have in common: opening when they are made, closing when they end.
function openLater(stream, path, options) {
  stream.fd = descriptorOf(options.fd);
  stream.handle = isHandle(options.fd) ? options.fd : null;
  stream.path = stream.fd === null ? pathText(path) : undefined;
  stream.flags = options.flags;
  stream.mode = options.mode;
  stream.autoClose = options.autoClose ?? true;
  stream.bytesRead = 0;
  stream.bytesWritten = 0;
}

function construct(stream, callback) {
  queueTask(() => {
    try {
      if (stream.fd === null) {
        stream.fd = open(stream.path, stream.flags, stream.mode);
        stream.emit('open', stream.fd);
      }
    } catch (error) {
      callback(error);
      return;
    }
    callback();
    stream.emit('ready');
  });
}

function destroy(stream, error, callback) {
  const { fd } = stream;
  stream.fd = null;
  if (fd === null || (!stream.autoClose && !error)) {
    callback(error);
    return;
  }
  try {
    if (stream.handle === null) close(fd);
    else stream.handle.close();
    callback(error);
  } catch (failure) {
    callback(error ?? failure);
  }
}

export class ReadStream extends Stream.Readable {
  constructor(path, options = undefined) {
    const given = optionsOf(options, { flags: 'r', highWaterMark: PIECE, end: Infinity });
    super({ highWaterMark: given.highWaterMark, encoding: given.encoding, emitClose: given.emitClose ?? true, signal: given.signal, autoDestroy: given.autoClose ?? true });
    if (given.start !== undefined) checkPlace(given.start, 'start');
    if (given.end !== Infinity) checkPlace(given.end, 'end');
    if (given.start !== undefined && given.start > given.end) throw outOfRange('start', `<= "end" (here: ${given.end})`, given.start);
    this.start = given.start;
    this.end = given.end;
    this.pos = given.start;
    openLater(this, path, given);
  }

  get pending() { return this.fd === null; }

  _construct(callback) { construct(this, callback); }

  _read(size) {
    const left = this.pos === undefined ? this.end - this.bytesRead + 1 : this.end - this.pos + 1;
    const wanted = MathMin(size, left);
    if (wanted <= 0) {
      this.push(null);
      return;
    }
    const buffer = Buffer.allocUnsafe(wanted);
    queueTask(() => this.#fill(buffer));
  }

  #fill(buffer) {
    if (this.destroyed) return;
    let got;
    try {
      got = read(this.fd, buffer, 0, buffer.length, this.pos ?? null);
    } catch (error) {
      this.destroy(error);
      return;
    }
    if (this.pos !== undefined) this.pos += got;
    this.bytesRead += got;
    this.push(got === 0 ? null : buffer.subarray(0, got));
  }

  _destroy(error, callback) { destroy(this, error, callback); }

  close(callback) {
    if (callback !== undefined) Stream.finished(this, callback);
    this.destroy();
  }
}

export class WriteStream extends Stream.Writable {
  constructor(path, options = undefined) {
    const given = optionsOf(options, { flags: 'w', mode: 0o666 });
    super({ highWaterMark: given.highWaterMark, decodeStrings: true, defaultEncoding: given.encoding ?? 'utf8', emitClose: given.emitClose ?? true, signal: given.signal, autoDestroy: given.autoClose ?? true });
    if (given.start !== undefined) checkPlace(given.start, 'start');
    this.start = given.start;
    this.pos = given.start;
    openLater(this, path, given);
  }

  get pending() { return this.fd === null; }

  _construct(callback) { construct(this, callback); }

  _write(chunk, encoding, callback) {
    try {
      const count = write(this.fd, chunk, 0, chunk.length, this.pos ?? null);
      if (this.pos !== undefined) this.pos += count;
      this.bytesWritten += count;
    } catch (error) {
      callback(error);
      return;
    }
    queueTask(() => callback());
  }

  _destroy(error, callback) { destroy(this, error, callback); }

  close(callback) {
    if (callback !== undefined) Stream.finished(this, callback);
    this.end();
  }

  destroySoon() { this.end(); }
}

export const createReadStream = (path, options) => new ReadStream(path, options);
export const createWriteStream = (path, options) => new WriteStream(path, options);

// Node lets them be called without `new`.
export function callable(Class) {
  const made = function (path, options) { return new Class(path, options); };
  ObjectDefineProperty(made, 'name', { __proto__: null, value: Class.name, configurable: true });
  made.prototype = Class.prototype;
  return made;
}
