// Runs the usual paths once while a snapshot is built that will have streams in it: V8 keeps what it compiled for them.
// The chunks are no bytes, as no buffer may be left in a snapshot.

import { handled } from './promises.js';

/** To be called before any user code; it needs neither clock nor host.  `own` is own.js as index.js loads it. */
export function warmUpStreams({ ReadableStream, TransformStream, WritableStream }, own) {
  const { byteStream, cancelStream, createTransform, getReader, pipeTo, readChunk, releaseReader } = own;
  const readAll = (stream) => {
    const reader = getReader(stream);
    handled(readChunk(reader));
    handled(readChunk(reader));
    return reader;
  };
  const source = () => new ReadableStream({
    start(controller) { controller.enqueue('first'); },
    pull(controller) {
      controller.enqueue('last');
      controller.close();
    },
    cancel() {},
  });
  readAll(source());
  const { readable, writable } = new TransformStream({ transform(chunk, controller) { controller.enqueue(chunk); }, flush() {} });
  handled(pipeTo(source(), writable));
  handled(pipeTo(readable, new WritableStream({ write() {}, close() {} })));
  const passing = createTransform({ __proto__: null, transform: (chunk) => passing.enqueue(chunk) });
  handled(pipeTo(source(), passing.writable));
  releaseReader(readAll(passing.readable));
  readAll(byteStream(() => ({ __proto__: null, chunk: null })));
  handled(cancelStream(byteStream(() => ({ __proto__: null, chunk: null })), undefined));
}
