// UTF-16 decoding: https://encoding.spec.whatwg.org/#shared-utf-16-decoder

import {
  ArrayPrototypeJoin, ArrayPrototypePush, StringFromCharCode, StringPrototypeCharCodeAt, StringPrototypeIsWellFormed,
  StringPrototypeSlice, StringPrototypeToWellFormed, TypedArrayPrototypeGetLength, TypeError,
} from '../bootstrap/primordials.js';

const SLICE = 8192;

export class Utf16Decoder {
  #name;
  #high;
  #fatal;
  #byte = -1;
  #lead = '';

  constructor(name, fatal) {
    this.#name = name;
    this.#high = name === 'utf-16be' ? 8 : 0;
    this.#fatal = fatal;
  }

  decode(bytes, stream) {
    let text = this.#lead + this.#units(bytes);
    this.#lead = '';
    const last = text.length - 1;
    if (last >= 0 && (StringPrototypeCharCodeAt(text, last) & 0xfc00) === 0xd800) {
      this.#lead = text[last];
      text = StringPrototypeSlice(text, 0, last);
    }
    if (!StringPrototypeIsWellFormed(text)) {
      this.#refuse();
      text = StringPrototypeToWellFormed(text);
    }
    return stream ? text : text + this.#finish();
  }

  // A lead surrogate and a single byte after it are one error.
  #finish() {
    if (this.#lead === '' && this.#byte < 0) return '';
    this.#lead = '';
    this.#byte = -1;
    this.#refuse();
    return '\ufffd';
  }

  #refuse() {
    if (this.#fatal) throw new TypeError(`The encoded data was not valid for encoding ${this.#name}`);
  }

  #units(bytes) {
    const length = TypedArrayPrototypeGetLength(bytes);
    const parts = [];
    let text = '';
    for (let i = 0; i < length; i++) {
      if (this.#byte < 0) {
        this.#byte = bytes[i];
        continue;
      }
      text += StringFromCharCode((this.#byte << this.#high) | (bytes[i] << (8 - this.#high)));
      this.#byte = -1;
      if (text.length > SLICE) {
        ArrayPrototypePush(parts, text);
        text = '';
      }
    }
    ArrayPrototypePush(parts, text);
    return ArrayPrototypeJoin(parts, '');
  }
}
