// https://compression.spec.whatwg.org/#compression-stream

import { TypeError, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength } from '../bootstrap/primordials.js';
import { createTransform } from '../streams/index.js';
import { defineInterface, isArrayBuffer, requireArguments, toEnum, viewOf } from '../webidl/index.js';
import { Codec } from './codec.js';

const FORMATS = ['brotli', 'deflate', 'deflate-raw', 'gzip'];

/** Output goes on as the reader takes it, piece by piece: data that unfolds without end needs no memory without end. */
function createCodecTransform(format, mode, name) {
  const codec = new Codec(format, mode);
  const give = (piece) => {
    if (TypedArrayPrototypeGetByteLength(piece) > 0) transform.enqueue(piece);
  };
  const guarded = (work) => {
    try {
      return work();
    } catch (error) {
      codec.close();
      throw error;
    }
  };
  const transform = createTransform({
    __proto__: null,
    transform(chunk) {
      const bytes = viewOf(chunk);
      if (bytes === null || !isArrayBuffer(TypedArrayPrototypeGetBuffer(bytes))) throw new TypeError(`${name}: a chunk is not an ArrayBuffer or a view on one`);
      const pieces = codec.write(bytes);
      return transform.each(pieces, () => guarded(() => give(pieces.next())));
    },
    flush: () => guarded(() => give(codec.finish())),
    cancel: () => codec.close(),
  });
  return transform;
}

export class CompressionStream {
  #transform;

  constructor(format) {
    requireArguments(arguments.length, 1, "Failed to construct 'CompressionStream'");
    this.#transform = createCodecTransform(toEnum(format, FORMATS, 'The format'), 'compress', 'CompressionStream');
  }

  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}
defineInterface(CompressionStream, 'CompressionStream');

export class DecompressionStream {
  #transform;

  constructor(format) {
    requireArguments(arguments.length, 1, "Failed to construct 'DecompressionStream'");
    this.#transform = createCodecTransform(toEnum(format, FORMATS, 'The format'), 'decompress', 'DecompressionStream');
  }

  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}
defineInterface(DecompressionStream, 'DecompressionStream');
