// TextEncoder: https://encoding.spec.whatwg.org/#interface-textencoder

import { TypedArrayPrototypeGetSymbolToStringTag, TypeError } from '../bootstrap/primordials.js';
import { defineInterface, requireArguments, toUSVString } from '../webidl/index.js';
import { encodeUtf8, encodeUtf8Into } from './utf8.js';

let check;

export class TextEncoder {
  #brand = true;

  static {
    check = (encoder) => encoder.#brand;
  }

  get encoding() {
    check(this);
    return 'utf-8';
  }

  encode(input = '') {
    check(this);
    return encodeUtf8(toUSVString(input));
  }

  encodeInto(source, destination) {
    check(this);
    requireArguments(arguments.length, 2, 'TextEncoder.encodeInto');
    const text = toUSVString(source);
    if (TypedArrayPrototypeGetSymbolToStringTag(destination) !== 'Uint8Array') {
      throw new TypeError('TextEncoder.encodeInto: the destination is not a Uint8Array.');
    }
    return encodeUtf8Into(text, destination);
  }
}
defineInterface(TextEncoder, 'TextEncoder');
