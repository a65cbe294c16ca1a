// The Streams Standard by web-streams-polyfill, and captured access to streams for the runtime's own use.
// https://streams.spec.whatwg.org/

import { ReflectGetOwnPropertyDescriptor, ReflectOwnKeys, TypedArrayPrototypeGetLength, uncurryThis } from '../bootstrap/primordials.js';
import { registerPlatformClass } from '../webidl/index.js';
import {
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream, ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader, TransformStream,
  TransformStreamDefaultController, WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
} from 'web-streams-polyfill';

export { ReadableStream, TransformStream };

const get = (Class, name) => uncurryThis(ReflectGetOwnPropertyDescriptor(Class.prototype, name).get);
const isLocked = get(ReadableStream, 'locked');

export const readableOf = get(TransformStream, 'readable');
export const writableOf = get(TransformStream, 'writable');
export const getReader = uncurryThis(ReadableStream.prototype.getReader);
export const tee = uncurryThis(ReadableStream.prototype.tee);
export const readChunk = uncurryThis(ReadableStreamDefaultReader.prototype.read);
export const cancelReader = uncurryThis(ReadableStreamDefaultReader.prototype.cancel);
export const releaseReader = uncurryThis(ReadableStreamDefaultReader.prototype.releaseLock);
export const closeController = uncurryThis(ReadableByteStreamController.prototype.close);
export const enqueueBytes = uncurryThis(ReadableByteStreamController.prototype.enqueue);
export const closeDefault = uncurryThis(ReadableStreamDefaultController.prototype.close);
export const enqueueDefault = uncurryThis(ReadableStreamDefaultController.prototype.enqueue);
export const byobRequestOf = get(ReadableByteStreamController, 'byobRequest');
export const respond = uncurryThis(ReadableStreamBYOBRequest.prototype.respond);
export const cancelStream = uncurryThis(ReadableStream.prototype.cancel);

export function isReadableStream(value) {
  try {
    isLocked(value);
    return true;
  } catch {
    return false;
  }
}

export { isLocked };

export function isByteStream(stream) {
  try {
    byobRequestOf(stream._readableStreamController);
    return true;
  } catch {
    return false;
  }
}

/** https://streams.spec.whatwg.org/#is-readable-stream-disturbed */
export function isDisturbed(stream) {
  return stream._disturbed === true;
}

/**
 * A byte stream that asks `pull` for each step: `{chunk}`, a Uint8Array that it gives away, or null at the end.
 * `cancel` is told when nobody wants more.  Nothing is pulled before somebody reads.
 */
export function byteStream(pull, cancel) {
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      let { chunk } = await pull();
      while (chunk !== null && TypedArrayPrototypeGetLength(chunk) === 0) ({ chunk } = await pull());
      if (chunk !== null) {
        enqueueBytes(controller, chunk);
        return;
      }
      closeController(controller);
      const request = byobRequestOf(controller);
      if (request !== null) respond(request, 0);
    },
    cancel,
  }, { __proto__: null, highWaterMark: 0 });
}

export const globals = {
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream, ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader, TransformStream,
  TransformStreamDefaultController, WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
};

const names = ReflectOwnKeys(globals);
for (let i = 0; i < names.length; i++) registerPlatformClass(globals[names[i]]);
