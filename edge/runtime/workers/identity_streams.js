// Streams of bytes that let everything through: https://developers.cloudflare.com/workers/runtime-apis/streams/transformstream/

import { TypeError, TypedArrayPrototypeGetLength } from '../bootstrap/primordials.js';
import { declareLength } from '../fetch/body.js';
import { TransformStream } from '../streams/transform_stream.js';
import { bytesCopy, defineInterface, requireArguments, toIntegerInRange, viewOf } from '../webidl/index.js';

function toBytes(chunk, name) {
  if (viewOf(chunk) === null) throw new TypeError(`${name}: a chunk is not an ArrayBuffer nor a view on one (encode text with TextEncoder)`);
  return bytesCopy(chunk);
}

export class IdentityTransformStream extends TransformStream {
  constructor() {
    super({ __proto__: null, transform: (chunk, controller) => { controller.enqueue(toBytes(chunk, 'IdentityTransformStream')); } });
  }
}
defineInterface(IdentityTransformStream, 'IdentityTransformStream');

const MAX = 2 ** 53 - 1;

export class FixedLengthStream extends TransformStream {
  constructor(expectedLength) {
    requireArguments(arguments.length, 1, "Failed to construct 'FixedLengthStream'");
    const length = toIntegerInRange(expectedLength, 0, MAX, "Failed to construct 'FixedLengthStream': the length");
    let left = length;
    super({
      __proto__: null,
      transform: (chunk, controller) => {
        const bytes = toBytes(chunk, 'FixedLengthStream');
        left -= TypedArrayPrototypeGetLength(bytes);
        if (left < 0) throw new TypeError(`FixedLengthStream: more than the ${length} bytes that were declared`);
        controller.enqueue(bytes);
      },
      flush: () => {
        if (left > 0) throw new TypeError(`FixedLengthStream: ${left} of the ${length} bytes that were declared are missing`);
      },
    });
    declareLength(this.readable, length);
  }
}
defineInterface(FixedLengthStream, 'FixedLengthStream');
