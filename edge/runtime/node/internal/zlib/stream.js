// The classes of zlib are Transforms: https://nodejs.org/api/zlib.html#class-zlibzlibbase

import { Error, MathMin, NumberIsNaN, RangeError, Symbol, Uint8Array } from '../../../bootstrap/primordials.js';
import { Buffer, bufferOver } from '../buffer/class.js';
import { coded, validateFunction } from '../errors.js';
import process from '../../process.js';
import { Stream } from '../stream/package.js';
import { Engine } from './engine.js';
import { numberIn } from './options.js';

const { Transform } = Stream;
const FLUSH = Symbol('flush');
const NOTHING = 0;

const bytesOf = (chunk) => new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);

/** An empty chunk that asks for a flush when its turn comes. */
function flushRequest(kind) {
  const request = Buffer.alloc(0);
  request[FLUSH] = kind;
  return request;
}

export class ZlibBase extends Transform {
  constructor(settings, options) {
    super({ autoDestroy: true, ...options });
    this._settings = settings;
    this._handle = new Engine(settings);
    this._defaultFlushFlag = settings.flush;
    this._finishFlushFlag = settings.finishFlush;
    this._defaultFullFlushFlag = settings.fullFlush;
    this._chunkSize = settings.chunkSize;
    this._maxOutputLength = settings.maxOutputLength;
    this._info = options?.info;
    this.bytesWritten = 0;
  }

  get _closed() { return this._handle === null; }
  get bytesRead() { return this.bytesWritten; }

  reset() {
    if (this._handle === null) throw coded(Error, 'ERR_INTERNAL_ASSERTION', 'zlib binding closed');
    this._handle.reset();
  }

  close(callback) {
    if (callback !== undefined) Stream.finished(this, callback);
    this.destroy();
  }

  flush(kind, callback) {
    const done = typeof kind === 'function' ? kind : callback;
    const how = typeof kind === 'function' || kind === undefined ? this._defaultFullFlushFlag : kind;
    if (this.writableFinished) {
      if (done) process.nextTick(done);
    } else if (this.writableEnded) {
      if (done) this.once('end', done);
    } else this.write(flushRequest(how), '', done);
  }

  _transform(chunk, encoding, callback) {
    const asked = chunk[FLUSH];
    const last = this.writableEnded && this.writableLength === chunk.byteLength;
    this._work(chunk, asked ?? (last ? this._finishFlushFlag : this._defaultFlushFlag), callback);
  }

  _flush(callback) {
    this._transform(Buffer.alloc(NOTHING), '', callback);
  }

  _final(callback) { callback(); }

  _destroy(error, callback) {
    this._handle?.close();
    this._handle = null;
    callback(error);
  }

  // Output goes on as the reader takes it: data that unfolds without end needs no memory without end.
  _work(chunk, flush, callback) {
    if (this._handle === null) {
      process.nextTick(callback);
      return;
    }
    const work = this._handle.write(bytesOf(chunk), flush);
    const step = () => {
      if (this.destroyed || this._handle === null) {
        callback();
        return;
      }
      let room = true;
      try {
        while (room && !work.done) room = this._give(work.next());
      } catch (error) {
        this.destroy(error);
        return;
      }
      if (!work.done) {
        this._read = () => {
          delete this._read;
          step();
        };
        return;
      }
      this.bytesWritten += chunk.byteLength - work.unused;
      if (work.unused > 0) this.push(null);
      callback();
    };
    step();
  }

  _give(piece) {
    let room = true;
    for (let at = 0; at < piece.length; at += this._chunkSize) {
      const end = MathMin(at + this._chunkSize, piece.length);
      room = this.push(bufferOver(piece.subarray(at, end)));
    }
    return room;
  }

  /** All of a buffer at once, for the functions that end in Sync and for old packages. */
  _processChunk(chunk, flush, callback) {
    if (typeof callback === 'function') {
      this._work(chunk, flush, callback);
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
  }
}

export class Zlib extends ZlibBase {
  constructor(settings, options) {
    super(settings, options);
    this._level = settings.level;
    this._strategy = settings.strategy;
  }

  /** Flushes; the level stays what it was, as the library behind can set it once only. */
  params(level, strategy, callback) {
    numberIn(level, 'level', -1, 9);
    numberIn(strategy, 'strategy', 0, 4);
    if (callback !== undefined) validateFunction(callback, 'callback');
    const changed = this._level !== level || this._strategy !== strategy;
    this._level = NumberIsNaN(level) ? this._level : level;
    this._strategy = NumberIsNaN(strategy) ? this._strategy : strategy;
    if (changed) this.flush(2, callback);
    else if (callback) process.nextTick(callback);
  }
}

