// Streams of Node as web streams, and the other way round: https://nodejs.org/api/stream.html#streamreadablefromwebreadablestream-options

import { Stream } from './package.js';
import {
  Error, Promise, PromisePrototypeThen, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset, Uint8Array,
} from '../../../bootstrap/primordials.js';
import { globals as streams } from '../../../streams/globals.js';
import { coded, invalidArgType } from '../errors.js';
import { Buffer } from '../buffer/class.js';

const { ReadableStream, WritableStream, CountQueuingStrategy, ByteLengthQueuingStrategy } = streams;
const { Readable, Writable, Duplex, finished } = Stream;

function abortError(cause) {
  const error = coded(Error, 'ABORT_ERR', 'The operation was aborted', abortError);
  error.name = 'AbortError';
  if (cause !== undefined) error.cause = cause;
  return error;
}

const plain = (chunk) =>
  Buffer.isBuffer(chunk) ? new Uint8Array(TypedArrayPrototypeGetBuffer(chunk), TypedArrayPrototypeGetByteOffset(chunk), TypedArrayPrototypeGetByteLength(chunk)) : chunk;

function strategyOf(objectMode, highWaterMark) {
  return objectMode ? new CountQueuingStrategy({ highWaterMark }) : new ByteLengthQueuingStrategy({ highWaterMark });
}

/** A stream that ended too early is an error for whoever reads the other side. */
const premature = (error) => (error?.code === 'ERR_STREAM_PREMATURE_CLOSE' ? abortError(error) : error);

export function readableToWeb(readable, options = {}) {
  if (typeof readable?._readableState !== 'object') throw invalidArgType('streamReadable', 'stream.Readable', readable);
  if (readable.destroyed || readable.readable === false) {
    const ended = new ReadableStream();
    PromisePrototypeThen(ended.cancel(), undefined, () => {});
    return ended;
  }
  const bytes = options.type === 'bytes';
  const strategy = bytes ? undefined : options.strategy ?? strategyOf(readable.readableObjectMode, readable.readableHighWaterMark);
  let controller;
  let over = false;
  readable.pause();
  const forget = finished(readable, { writable: false }, (error) => {
    forget();
    readable.on('error', () => {});
    if (over) return;
    over = true;
    if (error) controller.error(premature(error));
    else {
      controller.close();
      controller.byobRequest?.respond(0);
    }
  });
  readable.on('data', (chunk) => {
    if (over) return;
    controller.enqueue(bytes || Buffer.isBuffer(chunk) ? plain(chunk) : chunk);
    if (controller.desiredSize <= 0) readable.pause();
  });
  return new ReadableStream({
    type: bytes ? 'bytes' : undefined,
    start(its) { controller = its; },
    pull() { readable.resume(); },
    cancel(reason) {
      over = true;
      readable.destroy(reason instanceof Error ? reason : reason === undefined ? undefined : abortError(reason));
    },
  }, strategy);
}

export function readableFromWeb(stream, options = {}) {
  if (!(stream instanceof ReadableStream)) throw invalidArgType('readableStream', 'ReadableStream', stream);
  const { highWaterMark, encoding, objectMode = false, signal } = options;
  const reader = stream.getReader();
  let closed = false;
  const readable = new Readable({
    objectMode, highWaterMark, encoding, signal,
    read() {
      PromisePrototypeThen(reader.read(), ({ done, value }) => readable.push(done ? null : value), (error) => readable.destroy(error));
    },
    destroy(error, callback) {
      const done = () => callback(error);
      if (closed) done();
      else PromisePrototypeThen(reader.cancel(error ?? undefined), done, done);
    },
  });
  PromisePrototypeThen(reader.closed, () => { closed = true; }, (error) => {
    closed = true;
    readable.destroy(error);
  });
  return readable;
}

export function writableToWeb(writable) {
  if (typeof writable?._writableState !== 'object') throw invalidArgType('streamWritable', 'stream.Writable', writable);
  if (writable.destroyed || writable.writable === false) {
    const ended = new WritableStream();
    PromisePrototypeThen(ended.close(), undefined, () => {});
    return ended;
  }
  let controller;
  let over = false;
  let drained = null;
  const settle = (error) => {
    const waiting = drained;
    drained = null;
    if (waiting !== null) {
      if (error) waiting.reject(error);
      else waiting.resolve();
    }
  };
  const forget = finished(writable, { readable: false }, (error) => {
    forget();
    writable.on('error', () => {});
    if (error) {
      settle(premature(error));
      if (!over) controller.error(premature(error));
    }
    over = true;
  });
  writable.on('drain', () => settle());
  return new WritableStream({
    start(its) { controller = its; },
    write(chunk) {
      if (writable.write(chunk)) return undefined;
      return new Promise((resolve, reject) => { drained = { __proto__: null, resolve, reject }; });
    },
    abort(reason) {
      over = true;
      writable.destroy(reason instanceof Error ? reason : abortError(reason));
    },
    close() {
      return new Promise((resolve, reject) => {
        over = true;
        finished(writable, { readable: false }, (error) => (error ? reject(premature(error)) : resolve()));
        writable.end();
      });
    },
  }, new CountQueuingStrategy({ highWaterMark: writable.writableHighWaterMark }));
}

export function writableFromWeb(stream, options = {}) {
  if (!(stream instanceof WritableStream)) throw invalidArgType('writableStream', 'WritableStream', stream);
  const { highWaterMark, decodeStrings = true, objectMode = false, signal } = options;
  const writer = stream.getWriter();
  let closed = false;
  const writable = new Writable({
    objectMode, highWaterMark, decodeStrings, signal,
    write(chunk, encoding, callback) {
      const bytes = typeof chunk === 'string' && decodeStrings && !objectMode ? Buffer.from(chunk, encoding) : chunk;
      PromisePrototypeThen(writer.ready, () => PromisePrototypeThen(writer.write(bytes), () => callback(), callback), callback);
    },
    final(callback) {
      if (closed) callback();
      else PromisePrototypeThen(writer.close(), () => callback(), callback);
    },
    destroy(error, callback) {
      const done = () => callback(error);
      if (closed) done();
      else PromisePrototypeThen(error ? writer.abort(error) : writer.close(), done, done);
    },
  });
  PromisePrototypeThen(writer.closed, () => { closed = true; }, (error) => {
    closed = true;
    writable.destroy(error);
  });
  return writable;
}

export function duplexToWeb(duplex) {
  return { readable: readableToWeb(duplex), writable: writableToWeb(duplex) };
}

export function duplexFromWeb({ readable, writable } = {}, options = {}) {
  return Duplex.from({ readable: readableFromWeb(readable, options), writable: writableFromWeb(writable, options) });
}
