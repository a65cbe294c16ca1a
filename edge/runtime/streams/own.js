// What index.js offers to the rest of the runtime.

import { Promise, PromisePrototypeThen, ReflectGetPrototypeOf, TypedArrayPrototypeGetByteLength } from '../bootstrap/primordials.js';
import { ByteController } from './byte_controller.js';
import { requestOf } from './byte_objects.js';
import { DefaultController } from './default_controller.js';
import { pipe } from './pipe.js';
import { attempt, call, promiseOf } from './promises.js';
import { Readable } from './readable.js';
import { objectOf, readableInner } from './readable_stream.js';
import { acquireReader } from './readers.js';
import { tee as teeInner } from './tee.js';
import { Transform } from './transform.js';
import { requireWritable, writableObject } from './writable_stream.js';

export { cancelReader, readChunk, releaseReader } from './readers.js';

const NO_OPTIONS = { __proto__: null, preventAbort: false, preventCancel: false, preventClose: false, signal: undefined };

function isPromise(step) {
  return ReflectGetPrototypeOf(step) === Promise.prototype;
}

function giveBytes(controller, { chunk }) {
  if (chunk !== null) {
    controller.enqueueOwn(chunk);
    return;
  }
  controller.close();
  if (requestOf(controller) !== null) controller.respond(0);
}

// Empty chunks are no news to a stream of bytes.
function isEmpty({ chunk }) {
  return chunk !== null && TypedArrayPrototypeGetByteLength(chunk) === 0;
}

// Gives steps: pulls until there is something.
function pullBytes(controller, pull) {
  let step = pull();
  while (!isPromise(step)) {
    if (!isEmpty(step)) return giveBytes(controller, step);
    step = pull();
  }
  return PromisePrototypeThen(step, (found) => giveBytes(controller, found));
}

function cancelSteps(cancel) {
  return cancel === undefined ? undefined : (reason) => call(cancel, undefined, [reason]);
}

export function byteStream(pull, cancel, ahead) {
  const stream = new Readable();
  const controller = new ByteController(stream, {
    __proto__: null,
    highWaterMark: ahead,
    pullSource: () => attempt(() => pullBytes(controller, pull)),
    cancelSource: cancelSteps(cancel),
  });
  controller.started = true;
  controller.pullIfNeeded();
  return objectOf(stream);
}

function giveChunk(controller, { chunk }) {
  if (chunk === null) controller.close();
  else controller.enqueue(chunk);
}

export function chunkStream(pull, cancel) {
  const stream = new Readable();
  const controller = new DefaultController(stream, {
    __proto__: null,
    highWaterMark: 0,
    pullSource: () => attempt(() => {
      const step = pull();
      return isPromise(step) ? PromisePrototypeThen(step, (found) => giveChunk(controller, found)) : giveChunk(controller, step);
    }),
    cancelSource: cancelSteps(cancel),
  });
  controller.started = true;
  return objectOf(stream);
}

export function createTransform({ transform, flush, cancel }) {
  const inner = new Transform({
    __proto__: null,
    readableMark: 0,
    readableSize: null,
    writableMark: 1,
    writableSize: null,
    transformChunk: transform === undefined ? undefined : (chunk) => attempt(() => transform(chunk)),
    flush: flush === undefined ? undefined : () => attempt(flush),
    cancel: cancel === undefined ? undefined : (reason) => attempt(() => cancel(reason)),
  });
  inner.start(undefined);
  return {
    __proto__: null,
    get readable() { return objectOf(inner.readable); },
    get writable() { return writableObject(inner.writable); },
    enqueue: (chunk) => inner.enqueue(chunk),
    error: (reason) => inner.error(reason),
    terminate: () => inner.terminate(),
    each: (source, give) => inner.each(source, give),
  };
}

export function getReader(stream) {
  return acquireReader(readableInner(stream));
}

export function cancelStream(stream, reason) {
  return promiseOf(readableInner(stream).cancel(reason));
}

export function tee(stream, clone) {
  const { one, two } = teeInner(readableInner(stream), clone);
  return [objectOf(one), objectOf(two)];
}

export function pipeTo(readable, writable, options = NO_OPTIONS) {
  return pipe(readableInner(readable), requireWritable(writable, 'The destination'), options);
}
