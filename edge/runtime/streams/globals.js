// The names that user code sees.

import { ReadableByteStreamController, ReadableStreamBYOBRequest } from './byte_objects.js';
import { ReadableStreamDefaultController } from './default_controller.js';
import { ReadableStream } from './readable_stream.js';
import { ReadableStreamBYOBReader, ReadableStreamDefaultReader } from './readers.js';
import { ByteLengthQueuingStrategy, CountQueuingStrategy } from './strategies.js';
import { TransformStream, TransformStreamDefaultController } from './transform_stream.js';
import { WritableStreamDefaultController } from './writable_controller.js';
import { WritableStream, WritableStreamDefaultWriter } from './writable_stream.js';

export const globals = {
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream, ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader, TransformStream,
  TransformStreamDefaultController, WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
};
