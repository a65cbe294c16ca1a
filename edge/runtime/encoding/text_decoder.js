// TextDecoder: https://encoding.spec.whatwg.org/#interface-textdecoder

import { DataView, RangeError, StringPrototypeCharCodeAt, StringPrototypeSlice, TypeError, Uint8Array } from '../bootstrap/primordials.js';
import { defineInterface, toDictionary, toDOMString, viewOf } from '../webidl/index.js';
import { encodingOf } from './labels.js';
import { Utf8Decoder, decodeUtf8 } from './utf8.js';
import { Utf16Decoder } from './utf16.js';
import { Windows1252Decoder } from './windows1252.js';

const BOM = 0xfeff;

function createDecoder(name, fatal) {
  if (name === 'utf-8') return new Utf8Decoder(fatal);
  if (name === 'windows-1252') return new Windows1252Decoder();
  if (isUnicode(name)) return new Utf16Decoder(name, fatal);
  return new (import('./legacy.js').LegacyDecoder)(name, fatal);
}

// Only these have a byte order mark.
function isUnicode(name) {
  return name === 'utf-8' || name === 'utf-16le' || name === 'utf-16be';
}

function withoutBOM(text) {
  return text.length > 0 && StringPrototypeCharCodeAt(text, 0) === BOM ? StringPrototypeSlice(text, 1) : text;
}

/** UTF-8 text of bytes, as `Response.text()` reads it: without BOM, with replacement characters. */
export function utf8Text(bytes) {
  return withoutBOM(decodeUtf8(bytes));
}

export class TextDecoder {
  #name;
  #fatal;
  #ignoreBOM;
  // The decoder of a stream that goes on, or null at its beginning.
  #decoder = null;
  #bomSeen = false;

  constructor(label = 'utf-8', options = undefined) {
    const text = toDOMString(label);
    const { fatal, ignoreBOM } = toDictionary(options, 'The decoder options');
    const name = encodingOf(text);
    if (name === undefined || name === 'replacement') throw new RangeError(`The encoding label "${text}" is invalid`);
    this.#name = name;
    this.#fatal = !!fatal;
    this.#ignoreBOM = !!ignoreBOM;
  }

  get encoding() { return this.#name; }
  get fatal() { return this.#fatal; }
  get ignoreBOM() { return this.#ignoreBOM; }

  decode(input = undefined, options = undefined) {
    const name = this.#name;
    let bytes = viewOfInput(input);
    const { stream } = toDictionary(options, 'The decode options');
    // Reading the options may have run code that took the bytes away.
    if (options !== undefined) bytes = viewOfInput(input);
    if (!stream && this.#decoder === null && name === 'utf-8') return this.#strip(decodeUtf8(bytes, this.#fatal));
    this.#decoder ??= createDecoder(name, this.#fatal);
    try {
      const text = this.#strip(this.#decoder.decode(bytes, !!stream));
      if (!stream) this.#restart();
      return text;
    } catch (error) {
      this.#restart();
      throw error;
    }
  }

  #restart() {
    this.#decoder = null;
    this.#bomSeen = false;
  }

  #strip(text) {
    if (this.#ignoreBOM || this.#bomSeen || !isUnicode(this.#name)) return text;
    if (text.length > 0 && this.#decoder !== null) this.#bomSeen = true;
    return withoutBOM(text);
  }
}
defineInterface(TextDecoder, 'TextDecoder');

function viewOfInput(input) {
  return input === undefined ? new Uint8Array(0) : viewOf(input) ?? sharedView(input);
}

// A SharedArrayBuffer is allowed here; DataView refuses everything that is no buffer.
function sharedView(input) {
  try {
    new DataView(input);
  } catch {
    throw new TypeError('TextDecoder.decode: the input is not an ArrayBuffer or a view on one.');
  }
  return new Uint8Array(input);
}
