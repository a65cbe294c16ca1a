// Streams in messages: what is left here is locked, what goes on is a stream at the other end of the same chunks.
// https://streams.spec.whatwg.org/#rs-transfer
//
// All ends are in one isolate, so a chunk needs no port: it is cloned when it is wanted at the other end.

import { cloneValue, refusal } from '../structured_clone/index.js';
import { DefaultController } from './default_controller.js';
import { Deferred, chain, handled, promiseOf, upon } from './promises.js';
import { Readable, Reader } from './readable.js';
import { Writable, Writer } from './writable.js';
import { WritableController } from './writable_controller.js';

// A reason goes over as a clone, or as what refuses to be one.
function cloneReason(reason) {
  try {
    return cloneValue(reason);
  } catch (error) {
    return error;
  }
}

/** The inner object of the stream that takes the place of `source`. */
export function transferReadable(source) {
  if (source.reader !== null) throw refusal('A ReadableStream that is locked');
  const reader = new Reader(source, false);
  const stream = new Readable();
  const controller = new DefaultController(stream, {
    __proto__: null,
    highWaterMark: 0,
    pullSource: () => pull(reader, controller),
    cancelSource: (reason) => reader.cancel(cloneReason(reason)),
  });
  controller.start(undefined);
  upon(reader.closed.promise, undefined, (reason) => controller.error(cloneReason(reason)));
  return stream;
}

function pull(reader, controller) {
  const done = new Deferred();
  reader.read({
    __proto__: null,
    chunk(value) {
      forward(value, reader, controller);
      done.resolve(undefined);
    },
    close() {
      controller.close();
      done.resolve(undefined);
    },
    error(reason) {
      controller.error(cloneReason(reason));
      done.resolve(undefined);
    },
  });
  return done.promise;
}

// What cannot be cloned ends both streams.
function forward(value, reader, controller) {
  let chunk;
  try {
    chunk = cloneValue(value);
  } catch (error) {
    controller.error(error);
    handled(promiseOf(reader.cancel(error)));
    return;
  }
  controller.enqueue(chunk);
}

/** The inner object of the stream that takes the place of `sink`. */
export function transferWritable(sink) {
  if (sink.writer !== null) throw refusal('A WritableStream that is locked');
  const writer = new Writer(sink);
  const stream = new Writable();
  const controller = new WritableController(stream, {
    __proto__: null,
    highWaterMark: 1,
    writeSink: (chunk) => write(writer, chunk),
    closeSink: () => writer.closeAndPropagate(),
    abortSink: (reason) => sink.abort(cloneReason(reason)),
  });
  controller.start(undefined);
  upon(writer.closed.promise, undefined, (reason) => controller.errorIfNeeded(cloneReason(reason)));
  return stream;
}

function write(writer, chunk) {
  const send = () => {
    const request = new Deferred();
    try {
      writer.write(cloneValue(chunk), request);
    } catch (error) {
      handled(promiseOf(writer.stream.abort(error)));
      request.reject(error);
    }
    return request.promise;
  };
  return writer.ready.isPending ? chain(writer.ready.promise, send) : send();
}

/** The inner objects of both sides of the stream that takes the place of a TransformStream. */
export function transferTransform({ readable, writable }) {
  if (readable.reader !== null || writable.writer !== null) throw refusal('A TransformStream of which a side is locked');
  return { __proto__: null, readable: transferReadable(readable), writable: transferWritable(writable) };
}
