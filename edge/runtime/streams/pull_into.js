// A view that a stream of bytes fills: https://streams.spec.whatwg.org/#pull-into-descriptor

import { ArrayBufferPrototypeGetByteLength, ArrayBufferPrototypeTransfer, Uint8Array } from '../bootstrap/primordials.js';
import { bufferOf, elementSizeOf, offsetOf, sizeOf, typeOf } from './views.js';

export class PullInto {
  buffer;
  bufferSize;
  offset;
  size;
  /** In bytes, as the sizes. */
  minimum;
  Type;
  elementSize;
  /** Who waits for it: 'default', 'byob', or 'none' any more. */
  reader;
  filled = 0;

  constructor(buffer, offset, size, minimum, Type, reader) {
    this.buffer = buffer;
    this.bufferSize = ArrayBufferPrototypeGetByteLength(buffer);
    this.offset = offset;
    this.size = size;
    this.minimum = minimum;
    this.Type = Type;
    this.elementSize = elementSizeOf(Type);
    this.reader = reader;
  }

  /** For a chunk of a default reader. */
  static ofRead(buffer, size) {
    return new PullInto(buffer, 0, size, 1, Uint8Array, 'default');
  }

  /** For a view of a BYOB reader, whose buffer is taken away. */
  static ofView(view, minimum) {
    const Type = typeOf(view);
    const offset = offsetOf(view);
    const size = sizeOf(view);
    return new PullInto(ArrayBufferPrototypeTransfer(bufferOf(view)), offset, size, minimum * elementSizeOf(Type), Type, 'byob');
  }

  /** Bytes after the last whole element. */
  get remainder() { return this.filled % this.elementSize; }

  /** The filled part, on a buffer that the stream has given away. */
  view() {
    return new this.Type(ArrayBufferPrototypeTransfer(this.buffer), this.offset, this.filled / this.elementSize);
  }

  emptyView() {
    return new this.Type(this.buffer, this.offset, 0);
  }
}
