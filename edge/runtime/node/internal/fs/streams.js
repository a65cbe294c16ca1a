// fs.ReadStream and fs.WriteStream: https://nodejs.org/api/fs.html#class-fsreadstream
//
// They are functions, not classes, and open by a method: packages such as graceful-fs call them on objects of their own
// and replace `open`.

import {
  ArrayPrototypePush, Error, MathMin, NumberIsInteger, NumberIsSafeInteger, ObjectDefineProperty, ObjectSetPrototypeOf, PromisePrototypeThen, ReflectApply, StringPrototypeEndsWith,
} from '../../../bootstrap/primordials.js';
import { Buffer } from '../buffer/class.js';
import { coded, invalidArgType, outOfRange } from '../errors.js';
import { queueMicrotask } from '../../../events/index.js';
import { Stream } from '../stream/package.js';
import { optionsOf } from './options.js';
import { pathText } from './paths.js';

const PIECE = 65536;
const NEEDED = { __proto__: null, read: ['open', 'read', 'close'], write: ['open', 'write', 'close'] };
const node = () => import('../../fs.js').default;

function checkPlace(value, name) {
  if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
  if (!NumberIsInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < 0 || !NumberIsSafeInteger(value)) throw outOfRange(name, `>= 0 && <= ${2 ** 53 - 1}`, value);
}

function checkFlag(options, name) {
  if (options[name] !== undefined && options[name] !== null && typeof options[name] !== 'boolean') throw invalidArgType(`options.${name}`, 'boolean', options[name]);
}

/** Options, inherited ones too, as a new object. */
function allOf(options, defaults) {
  const known = optionsOf(typeof options === 'object' ? undefined : options, defaults);
  const given = { __proto__: null };
  for (const name in known) given[name] = known[name];
  if (typeof options === 'object' && options !== null) for (const name in options) given[name] = options[name] ?? given[name];
  optionsOf(given, defaults);
  const { signal } = given;
  if (signal !== undefined && (typeof signal !== 'object' || signal === null || !('aborted' in signal))) throw invalidArgType('options.signal', 'AbortSignal', signal);
  if (typeof options === 'object' && options !== null && options.signal === null) throw invalidArgType('options.signal', 'AbortSignal', null);
  return given;
}

/** The functions that the stream works with: those of its options, of its FileHandle, or of fs. */
function functionsOf(options, kind) {
  if (isHandle(options.fd)) {
    if (options.fs) throw coded(Error, 'ERR_METHOD_NOT_IMPLEMENTED', 'The FileHandle with fs method is not implemented');
    return ofHandle(options.fd);
  }
  const { fs } = options;
  if (fs === undefined || fs === null) return node();
  if (typeof fs !== 'object') throw invalidArgType('options.fs', 'object', fs);
  for (let i = 0; i < NEEDED[kind].length; i++) {
    const name = NEEDED[kind][i];
    if (options.fd !== undefined && options.fd !== null && name === 'open') continue;
    if (name === 'write' && fs.write === undefined && typeof fs.writev === 'function') continue;
    if (typeof fs[name] !== 'function') throw invalidArgType(`options.fs.${name}`, 'function', fs[name]);
  }
  if (kind === 'write' && fs.writev !== undefined && fs.writev !== null && typeof fs.writev !== 'function') throw invalidArgType('options.fs.writev', 'function', fs.writev);
  if (kind === 'write' && options.flush && typeof fs.fsync !== 'function') throw invalidArgType('options.fs.fsync', 'function', fs.fsync);
  return fs;
}

const isHandle = (fd) => typeof fd === 'object' && fd !== null;

/** A FileHandle as an object of functions with callbacks. */
function ofHandle(handle) {
  return {
    __proto__: null,
    read: (_, buffer, offset, length, position, done) => settle(handle.read(buffer, offset, length, position), (result) => done(null, result.bytesRead, buffer), done),
    write: (_, buffer, offset, length, position, done) => settle(handle.write(buffer, offset, length, position), (result) => done(null, result.bytesWritten, buffer), done),
    writev: (_, buffers, position, done) => settle(handle.writev(buffers, position), (result) => done(null, result.bytesWritten, buffers), done),
    fsync: (_, done) => settle(handle.sync(), () => done(null), done),
    close: (_, done) => settle(handle.close(), () => done(null), done),
  };
}

const settle = (promise, done, failed) => PromisePrototypeThen(promise, done, failed);

/** What both have in common, before they become streams. */
function prepare(stream, path, options, kind) {
  const { fd } = options;
  if (fd === undefined || fd === null) stream.path = pathOf(path);
  else if (!isHandle(fd) && typeof fd !== 'number') throw invalidArgType('fd', ['number', 'FileHandle'], fd);
  else if (typeof fd === 'number') import('./descriptors.js').checkFd(fd);
  stream.fd = fd === undefined || fd === null ? null : isHandle(fd) ? fd.fd : fd;
  hide(stream, 'busy', false);
  hide(stream, 'kFs', functionsOf(options, kind));
  if (isHandle(fd)) {
    hide(stream, 'kHandle', fd);
    fd.on('close', () => stream.close());
  }
  if (stream.fd === null) {
    stream.flags = options.flags;
    stream.mode = options.mode;
  }
  checkFlag(options, 'autoClose');
  checkFlag(options, 'emitClose');
  if (options.start !== undefined) checkPlace(options.start, 'start');
  stream.start = options.start;
  stream.pos = options.start;
}

function hide(stream, name, value) {
  ObjectDefineProperty(stream, name, { __proto__: null, value, writable: true, configurable: true });
}

// A Buffer stays one.
function pathOf(path) {
  const text = pathText(path);
  return typeof path === 'object' && path.href === undefined ? path : text;
}

function openIt(callback) {
  const stream = this;
  if (typeof stream.fd === 'number') {
    callback();
    return;
  }
  if (stream.open !== openByFs) {
    openReplaced(stream, callback);
    return;
  }
  stream.kFs.open(stream.path, stream.flags, stream.mode, (error, fd) => {
    if (error) {
      callback(error);
      return;
    }
    stream.fd = fd;
    callback();
    stream.emit('open', fd);
    stream.emit('ready');
  });
}

/** `open` of somebody else tells by an event that it is done. */
function openReplaced(stream, callback) {
  const { emit } = stream;
  stream.emit = function (...args) {
    if (args[0] === 'open') {
      this.emit = emit;
      callback();
      ReflectApply(emit, this, args);
    } else if (args[0] === 'error') {
      this.emit = emit;
      callback(args[1]);
    } else ReflectApply(emit, this, args);
  };
  stream.open();
}

/** The method `open`: there to be replaced. */
function openByFs() {}

function finish(stream, error, callback) {
  const { fd } = stream;
  if (typeof fd !== 'number') {
    callback(error);
    return;
  }
  const end = () => {
    stream.kFs.close(fd, (failure) => callback(failure ?? error));
    stream.fd = null;
  };
  if (stream.flush && !error && typeof stream.kFs.fsync === 'function') stream.kFs.fsync(fd, (failure) => (failure ? stream.kFs.close(fd, () => callback(failure)) : end()));
  else end();
}

// While something is read or written the file stays open.
function destroyIt(error, callback) {
  if (this.busy) this.once('kIdle', (failure) => finish(this, error ?? failure, callback));
  else finish(this, error, callback);
}

function idle(stream, error) {
  stream.busy = false;
  if (!stream.destroyed) return false;
  stream.emit('kIdle', error);
  return true;
}

export function ReadStream(path, options = undefined) {
  if (!(this instanceof ReadStream)) return new ReadStream(path, options);
  const given = allOf(options, { flags: 'r' });
  given.highWaterMark ??= PIECE;
  prepare(this, path, given, 'read');
  this.end = given.end ?? Infinity;
  this.bytesRead = 0;
  if (this.end !== Infinity) checkPlace(this.end, 'end');
  if (this.start !== undefined && this.start > this.end) throw outOfRange('start', `<= "end" (here: ${this.end})`, this.start);
  given.autoDestroy = given.autoClose ?? true;
  given.emitClose ??= true;
  ReflectApply(Stream.Readable, this, [given]);
  if (given.encoding) this.setEncoding(given.encoding);
  return undefined;
}

export function WriteStream(path, options = undefined) {
  if (!(this instanceof WriteStream)) return new WriteStream(path, options);
  const given = allOf(options, { flags: 'w', mode: 0o666 });
  given.decodeStrings = true;
  checkFlag(given, 'flush');
  this.flush = given.flush ?? false;
  prepare(this, path, given, 'write');
  this.bytesWritten = 0;
  if (given.flags !== undefined && typeof given.flags === 'string' && StringPrototypeEndsWith(given.flags, 'a') && this.start === undefined) this.pos = undefined;
  given.autoDestroy = given.autoClose ?? true;
  given.emitClose ??= true;
  ReflectApply(Stream.Writable, this, [given]);
  if (given.encoding) this.setDefaultEncoding(given.encoding);
  return undefined;
}

function define(Class, Base, methods) {
  ObjectSetPrototypeOf(Class.prototype, Base.prototype);
  ObjectSetPrototypeOf(Class, Base);
  for (const name in methods) ObjectDefineProperty(Class.prototype, name, { __proto__: null, value: methods[name], writable: true, configurable: true, enumerable: true });
  ObjectDefineProperty(Class.prototype, 'autoClose', {
    __proto__: null,
    get() { return (this._readableState ?? this._writableState).autoDestroy; },
    set(value) { (this._readableState ?? this._writableState).autoDestroy = value; },
    configurable: true,
  });
  ObjectDefineProperty(Class.prototype, 'pending', { __proto__: null, get() { return this.fd === null; }, configurable: true });
}

define(ReadStream, Stream.Readable, {
  __proto__: null,
  open: openByFs,
  _construct: openIt,
  _read(size) {
    const left = this.pos === undefined ? this.end - this.bytesRead + 1 : this.end - this.pos + 1;
    const wanted = MathMin(size, left);
    if (wanted <= 0) {
      this.push(null);
      return;
    }
    const buffer = Buffer.allocUnsafeSlow(wanted);
    this.busy = true;
    this.kFs.read(this.fd, buffer, 0, wanted, this.pos, (error, count) => {
      if (idle(this, error)) return;
      if (error) import('../../stream.js').default.destroy(this, error);
      else fill(this, buffer, count);
    });
  },
  _destroy: destroyIt,
  close(callback) {
    if (typeof callback === 'function') Stream.finished(this, callback);
    this.destroy();
  },
});

function fill(stream, buffer, count) {
  if (count === 0) {
    stream.push(null);
    return;
  }
  if (stream.pos !== undefined) stream.pos += count;
  stream.bytesRead += count;
  // A short piece does not hold the memory of a long one.
  stream.push(count === buffer.length ? buffer : Buffer.from(buffer.subarray(0, count)));
}

function put(stream, buffer, at, done) {
  stream.busy = true;
  stream.kFs.write(stream.fd, buffer, at, buffer.length - at, stream.pos, (error, count) => {
    if (error?.code === 'EAGAIN') {
      error = null;
      count = 0;
    }
    if (idle(stream, error)) {
      done(error ?? coded(Error, 'ERR_STREAM_DESTROYED', 'Cannot call write after a stream was destroyed'));
      return;
    }
    if (error) {
      done(error);
      return;
    }
    stream.bytesWritten += count;
    if (stream.pos !== undefined) stream.pos += count;
    if (at + count < buffer.length) put(stream, buffer, at + count, done);
    else done();
  });
}

define(WriteStream, Stream.Writable, {
  __proto__: null,
  open: openByFs,
  _construct: openIt,
  _write(chunk, encoding, callback) {
    if (typeof this.kFs.write === 'function') put(this, chunk, 0, callback);
    else putAll(this, [chunk], callback);
  },
  _writev(chunks, callback) {
    const buffers = [];
    for (let i = 0; i < chunks.length; i++) ArrayPrototypePush(buffers, chunks[i].chunk);
    if (typeof this.kFs.writev === 'function') putAll(this, buffers, callback);
    else put(this, Buffer.concat(buffers), 0, callback);
  },
  _destroy: destroyIt,
  close(callback) {
    if (callback) {
      if (this.closed) {
        queueMicrotask(callback);
        return;
      }
      this.on('close', callback);
    }
    // Without autoClose, finishing does not close it.
    if (!this.autoClose) this.on('finish', this.destroy);
    this.end();
  },
  destroySoon() { this.end(); },
});

function putAll(stream, buffers, callback) {
  stream.busy = true;
  stream.kFs.writev(stream.fd, buffers, stream.pos ?? null, (error, count) => {
    if (error?.code === 'EAGAIN') {
      error = null;
      count = 0;
    }
    if (idle(stream, error) || error) {
      callback(error);
      return;
    }
    stream.bytesWritten += count;
    if (stream.pos !== undefined) stream.pos += count;
    const all = Buffer.concat(buffers);
    if (count < all.length) put(stream, all, count, callback);
    else callback();
  });
}

export const createReadStream = (path, options) => new ReadStream(path, options);
export const createWriteStream = (path, options) => new WriteStream(path, options);
