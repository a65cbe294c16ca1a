// TextEncoderStream and TextDecoderStream: https://encoding.spec.whatwg.org/#interface-textdecoderstream

import { StringPrototypeCharCodeAt, StringPrototypeSlice, TypeError, uncurryThis } from '../bootstrap/primordials.js';
import { createTransform } from '../streams/index.js';
import { defineInterface, toDOMString, viewOf } from '../webidl/index.js';
import { TextDecoder } from './text_decoder.js';
import { encodeUtf8 } from './utf8.js';

const decode = uncurryThis(TextDecoder.prototype.decode);
const STREAM = { __proto__: null, stream: true };

function isLead(unit) {
  return (unit & 0xfc00) === 0xd800;
}

export class TextEncoderStream {
  #transform;
  // A lead surrogate at the end of a chunk, whose trail may begin the next.
  #lead = '';

  constructor() {
    this.#transform = createTransform({
      __proto__: null,
      transform: (chunk) => {
        let text = this.#lead + toDOMString(chunk);
        this.#lead = '';
        if (text.length > 0 && isLead(StringPrototypeCharCodeAt(text, text.length - 1))) {
          this.#lead = StringPrototypeSlice(text, text.length - 1);
          text = StringPrototypeSlice(text, 0, text.length - 1);
        }
        if (text !== '') this.#transform.enqueue(encodeUtf8(text));
      },
      flush: () => {
        if (this.#lead !== '') this.#transform.enqueue(encodeUtf8('\ufffd'));
      },
    });
  }

  get encoding() {
    void this.#transform;
    return 'utf-8';
  }

  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}
defineInterface(TextEncoderStream, 'TextEncoderStream');

export class TextDecoderStream {
  #transform;
  #decoder;

  constructor(label = 'utf-8', options = undefined) {
    const decoder = new TextDecoder(label, options);
    this.#decoder = decoder;
    this.#transform = createTransform({
      __proto__: null,
      transform: (chunk) => {
        const bytes = viewOf(chunk);
        if (bytes === null) throw new TypeError('TextDecoderStream: a chunk is not an ArrayBuffer or a view on one.');
        const text = decode(decoder, bytes, STREAM);
        if (text !== '') this.#transform.enqueue(text);
      },
      flush: () => {
        const text = decode(decoder);
        if (text !== '') this.#transform.enqueue(text);
      },
    });
  }

  get encoding() { return this.#decoder.encoding; }
  get fatal() { return this.#decoder.fatal; }
  get ignoreBOM() { return this.#decoder.ignoreBOM; }
  get readable() { return this.#transform.readable; }
  get writable() { return this.#transform.writable; }
}
defineInterface(TextDecoderStream, 'TextDecoderStream');
