// The classes of zlib are Transforms: https://nodejs.org/api/zlib.html#class-zlibzlibbase

import { Error, NumberIsNaN, ObjectSetPrototypeOf, RangeError, ReflectApply, Symbol, Uint32Array, Uint8Array } from '../../../bootstrap/primordials.js';
import { queueTask } from '../../../bootstrap/tasks.js';
import { Buffer, bufferOver } from '../buffer/class.js';
import { coded, validateFunction } from '../errors.js';
import process from '../../process.js';
import { Stream } from '../stream/package.js';
import { Engine, joined } from './engine.js';
import { numberIn } from './options.js';

const { Transform } = Stream;
const FLUSH = Symbol('flush');
const SYNC_FLUSH = 2;

const bytesOf = (chunk) => new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);

/** An empty chunk that asks for a flush when its turn comes. */
function flushRequest(kind) {
  const request = Buffer.alloc(0);
  request[FLUSH] = kind;
  return request;
}

/** Makes a stream of one of zlib's classes out of `stream`, which may be an instance of a class in the old style. */
export function initialise(stream, settings, options) {
  const plain = { autoDestroy: true, ...options, encoding: null, objectMode: false, writableObjectMode: false, readableObjectMode: false };
  ReflectApply(Transform, stream, [plain]);
  stream._writeState = new Uint32Array(2);
  stream._handle = new Engine(settings, stream._writeState);
  stream._defaultFlushFlag = settings.flush;
  stream._finishFlushFlag = settings.finishFlush;
  stream._defaultFullFlushFlag = settings.fullFlush;
  stream._chunkSize = settings.chunkSize;
  stream._maxOutputLength = settings.maxOutputLength;
  stream._info = options?.info;
  stream._level = settings.level;
  stream._strategy = settings.strategy;
  stream.bytesWritten = 0;
}

export function ZlibBase(settings, options) {
  initialise(this, settings, options);
}

// Methods of all of them; the object becomes the prototype.
const methods = {
  __proto__: Transform.prototype,
  constructor: ZlibBase,

  get _closed() { return this._handle === null; },
  get bytesRead() { return this.bytesWritten; },

  // For those that drive the engine by hand.
  get _outBuffer() { return Buffer.allocUnsafe(this._chunkSize); },
  _outOffset: 0,

  reset() {
    if (this._handle === null) throw coded(Error, 'ERR_INTERNAL_ASSERTION', 'zlib binding closed');
    this._handle.reset();
  },

  close(callback) {
    if (callback !== undefined) Stream.finished(this, callback);
    this.destroy();
  },

  flush(kind, callback) {
    const done = typeof kind === 'function' ? kind : callback;
    const how = typeof kind === 'function' || kind === undefined ? this._defaultFullFlushFlag : kind;
    if (this.writableFinished) {
      if (done) process.nextTick(done);
    } else if (this.writableEnded) {
      if (done) this.once('end', done);
    } else this.write(flushRequest(how), '', done);
  },

  _transform(chunk, encoding, callback) {
    const asked = chunk[FLUSH];
    const last = this.writableEnded && this.writableLength === chunk.byteLength;
    const flush = asked ?? (last ? this._finishFlushFlag : this._defaultFlushFlag);
    this._work(chunk, flush, last && asked === undefined, callback);
  },

  _flush(callback) {
    this._transform(Buffer.alloc(0), '', callback);
  },

  _final(callback) { callback(); },

  _destroy(error, callback) {
    this._handle?.close();
    this._handle = null;
    callback(error);
  },

  // Output goes on as the reader takes it: data that unfolds without end needs no memory without end.
  _work(chunk, flush, last, callback) {
    if (this._handle === null) {
      process.nextTick(callback);
      return;
    }
    const work = this._handle.write(bytesOf(chunk), flush);
    let rest = new Uint8Array(0);
    const step = () => {
      if (this.destroyed || this._handle === null) {
        callback();
        return;
      }
      let room = true;
      try {
        while (room && !this.destroyed && (rest.length > 0 || !work.done)) {
          while (rest.length < this._chunkSize && !work.done) rest = joined(rest, work.next());
          const piece = rest.subarray(0, this._chunkSize);
          rest = rest.subarray(piece.length);
          if (piece.length > 0) room = this.push(bufferOver(piece));
        }
      } catch (error) {
        this.destroy(error);
        return;
      }
      if (rest.length > 0 || !work.done) {
        if (this.destroyed) return;
        this._read = () => {
          delete this._read;
          step();
        };
        return;
      }
      this.bytesWritten += chunk.byteLength - work.unused;
      if (last) this._handle.finish();
      if (work.unused > 0) this.push(null);
      callback();
    };
    // A task of its own: whoever wrote before hears of it before this chunk's output is there.
    queueTask(step);
  },

  /** All of a buffer at once, for the functions that end in Sync and for old packages. */
  _processChunk(chunk, flush, callback) {
    if (typeof callback === 'function') {
      this._work(chunk, flush, false, callback);
      return undefined;
    }
    const pieces = [];
    let total = 0;
    const work = this._handle.write(bytesOf(chunk), flush);
    while (!work.done) {
      const piece = work.next();
      total += piece.length;
      if (total > this._maxOutputLength) {
        this._handle.close();
        throw coded(RangeError, 'ERR_BUFFER_TOO_LARGE', `Cannot create a Buffer larger than ${this._maxOutputLength} bytes`);
      }
      if (piece.length > 0) pieces.push(piece);
    }
    this.bytesWritten += chunk.byteLength - work.unused;
    return Buffer.concat(pieces, total);
  },

  /** Flushes, and compresses otherwise from there on. */
  params(level, strategy, callback) {
    numberIn(level, 'level', -1, 9);
    numberIn(strategy, 'strategy', 0, 4);
    if (callback !== undefined) validateFunction(callback, 'callback');
    const changed = this._level !== level || this._strategy !== strategy;
    this._level = NumberIsNaN(level) ? this._level : level;
    this._strategy = NumberIsNaN(strategy) ? this._strategy : strategy;
    if (!changed) {
      if (callback) process.nextTick(callback);
      return;
    }
    this.flush(SYNC_FLUSH, () => {
      if (this.destroyed || this._handle === null) {
        this.destroy(coded(Error, 'ERR_INTERNAL_ASSERTION', 'zlib binding closed'));
        return;
      }
      this._handle.params(this._level, this._strategy);
      callback?.();
    });
  },
};
ObjectSetPrototypeOf(ZlibBase, Transform);
ZlibBase.prototype = methods;
