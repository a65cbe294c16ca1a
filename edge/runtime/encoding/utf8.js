// UTF-8 both ways: https://encoding.spec.whatwg.org/#utf-8

import {
  ArrayPrototypePush, ArrayPrototypeJoin, ReflectApply, RegExpPrototypeExec, StringFromCharCode, StringPrototypeCharCodeAt,
  StringPrototypeSlice, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray, TypeError, Uint8Array, decodeURIComponent, escape,
  TypedArrayPrototypeGetLength,
} from '../bootstrap/primordials.js';

const SLICE = 8192;
// One object for all: V8 cannot always write a snapshot with two regular expressions of the same source.
export const NOT_ASCII = /[^\x00-\x7f]/;

/** One UTF-16 unit for each byte. */
export function latin1Of(bytes) {
  const length = TypedArrayPrototypeGetLength(bytes);
  if (length <= SLICE) return ReflectApply(StringFromCharCode, undefined, bytes);
  const parts = [];
  for (let i = 0; i < length; i += SLICE) {
    ArrayPrototypePush(parts, ReflectApply(StringFromCharCode, undefined, TypedArrayPrototypeSubarray(bytes, i, i + SLICE)));
  }
  return ArrayPrototypeJoin(parts, '');
}

// Writes `text` at `at`; lone surrogates become U+FFFD.  Returns the end.
function write(text, from, out, at) {
  const { length } = text;
  for (let i = from; i < length; i++) {
    let code = StringPrototypeCharCodeAt(text, i);
    if (code < 0x80) {
      out[at++] = code;
      continue;
    }
    if (code < 0x800) {
      out[at++] = 0xc0 | (code >> 6);
      out[at++] = 0x80 | (code & 0x3f);
      continue;
    }
    if ((code & 0xf800) === 0xd800) {
      const next = code < 0xdc00 && i + 1 < length ? StringPrototypeCharCodeAt(text, i + 1) : 0;
      if ((next & 0xfc00) === 0xdc00) {
        i += 1;
        code = 0x10000 + ((code & 0x3ff) << 10) + (next & 0x3ff);
        out[at++] = 0xf0 | (code >> 18);
        out[at++] = 0x80 | ((code >> 12) & 0x3f);
        out[at++] = 0x80 | ((code >> 6) & 0x3f);
        out[at++] = 0x80 | (code & 0x3f);
        continue;
      }
      code = 0xfffd;
    }
    out[at++] = 0xe0 | (code >> 12);
    out[at++] = 0x80 | ((code >> 6) & 0x3f);
    out[at++] = 0x80 | (code & 0x3f);
  }
  return at;
}

/** The bytes of a string, in an ArrayBuffer of their own. */
export function encodeUtf8(text) {
  const { length } = text;
  const match = RegExpPrototypeExec(NOT_ASCII, text);
  const ascii = match === null ? length : match.index;
  const out = new Uint8Array(ascii + (length - ascii) * 3);
  for (let i = 0; i < ascii; i++) out[i] = StringPrototypeCharCodeAt(text, i);
  if (ascii === length) return out;
  return TypedArrayPrototypeSlice(out, 0, write(text, ascii, out, ascii));
}

/** The number of bytes of a string in UTF-8. */
export function utf8Length(text) {
  if (RegExpPrototypeExec(NOT_ASCII, text) === null) return text.length;
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (code < 0x80) size += 1;
    else if (code < 0x800) size += 2;
    else if ((code & 0xfc00) === 0xd800 && i + 1 < text.length && (StringPrototypeCharCodeAt(text, i + 1) & 0xfc00) === 0xdc00) {
      size += 4;
      i += 1;
    } else size += 3;
  }
  return size;
}

/** Fill `out` with whole characters: `{read, written}` in units and bytes. */
export function encodeUtf8Into(text, out) {
  const room = TypedArrayPrototypeGetLength(out);
  let written = 0;
  let read = 0;
  for (; read < text.length; read++) {
    const code = StringPrototypeCharCodeAt(text, read);
    const pair = (code & 0xfc00) === 0xd800 && read + 1 < text.length && (StringPrototypeCharCodeAt(text, read + 1) & 0xfc00) === 0xdc00;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : pair ? 4 : 3;
    if (written + size > room) break;
    if (size === 1) out[written] = code;
    else write(pair ? StringPrototypeSlice(text, read, read + 2) : StringPrototypeSlice(text, read, read + 1), 0, out, written);
    written += size;
    if (pair) read += 1;
  }
  return { read, written };
}

/** Text of a whole byte sequence; malformed parts become U+FFFD or, when `fatal`, a TypeError.  The BOM stays. */
export function decodeUtf8(bytes, fatal = false) {
  if (TypedArrayPrototypeGetLength(bytes) > SLICE * 8) return decodeLong(bytes, fatal);
  const latin1 = latin1Of(bytes);
  if (RegExpPrototypeExec(NOT_ASCII, latin1) === null) return latin1;
  try {
    return decodeURIComponent(escape(latin1));
  } catch {
    return decodeSlowly(bytes, fatal);
  }
}

function decodeLong(bytes, fatal) {
  const decoder = new Utf8Decoder(fatal);
  const parts = [];
  const length = TypedArrayPrototypeGetLength(bytes);
  for (let i = 0; i < length; i += SLICE * 4) {
    ArrayPrototypePush(parts, decoder.decode(TypedArrayPrototypeSubarray(bytes, i, i + SLICE * 4), i + SLICE * 4 < length));
  }
  return ArrayPrototypeJoin(parts, '');
}

function decodeSlowly(bytes, fatal) {
  const decoder = new Utf8Decoder(fatal);
  return decoder.slow(bytes) + decoder.finish();
}

/** https://encoding.spec.whatwg.org/#utf-8-decoder, keeping its state between chunks. */
export class Utf8Decoder {
  #fatal;
  #point = 0;
  #needed = 0;
  #lower = 0x80;
  #upper = 0xbf;

  constructor(fatal) {
    this.#fatal = fatal;
  }

  /** Text of one chunk; without `stream` it is the last one. */
  decode(bytes, stream) {
    let text = '';
    let rest = bytes;
    if (this.#needed > 0) {
      const head = this.#completeWith(bytes);
      text = this.slow(TypedArrayPrototypeSubarray(bytes, 0, head));
      rest = TypedArrayPrototypeSubarray(bytes, head);
    }
    const whole = wholeCharacters(rest);
    text += decodeUtf8(TypedArrayPrototypeSubarray(rest, 0, whole), this.#fatal);
    text += this.slow(TypedArrayPrototypeSubarray(rest, whole));
    return stream ? text : text + this.finish();
  }

  // How many bytes of a chunk can belong to the character that the last one left open.
  #completeWith(bytes) {
    const length = TypedArrayPrototypeGetLength(bytes);
    let count = 0;
    while (count < length && count < this.#needed && (bytes[count] & 0xc0) === 0x80) count += 1;
    return count < this.#needed && count < length ? count + 1 : count;
  }

  /** The end of the stream: U+FFFD when it is inside a character. */
  finish() {
    if (this.#needed === 0) return '';
    this.#reset();
    return this.#malformed();
  }

  #reset() {
    this.#needed = this.#point = 0;
    this.#lower = 0x80;
    this.#upper = 0xbf;
  }

  #malformed() {
    if (this.#fatal) throw new TypeError('The encoded data was not valid for encoding utf-8');
    return '\ufffd';
  }

  /** Byte by byte. */
  slow(bytes) {
    const length = TypedArrayPrototypeGetLength(bytes);
    const parts = [];
    let text = '';
    for (let i = 0; i < length; i++) {
      const byte = bytes[i];
      if (this.#needed === 0) {
        text += byte < 0x80 ? StringFromCharCode(byte) : this.#lead(byte);
      } else if (byte < this.#lower || byte > this.#upper) {
        this.#reset();
        text += this.#malformed();
        i -= 1;
      } else {
        this.#lower = 0x80;
        this.#upper = 0xbf;
        this.#point = (this.#point << 6) | (byte & 0x3f);
        if (--this.#needed === 0) text += this.#take();
      }
      if (text.length > SLICE) {
        ArrayPrototypePush(parts, text);
        text = '';
      }
    }
    ArrayPrototypePush(parts, text);
    return ArrayPrototypeJoin(parts, '');
  }

  #take() {
    const point = this.#point;
    this.#point = 0;
    return point < 0x10000 ? StringFromCharCode(point) : StringFromCharCode(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff));
  }

  #lead(byte) {
    if (byte >= 0xc2 && byte <= 0xdf) {
      this.#needed = 1;
      this.#point = byte & 0x1f;
    } else if (byte >= 0xe0 && byte <= 0xef) {
      if (byte === 0xe0) this.#lower = 0xa0;
      if (byte === 0xed) this.#upper = 0x9f;
      this.#needed = 2;
      this.#point = byte & 0x0f;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      if (byte === 0xf0) this.#lower = 0x90;
      if (byte === 0xf4) this.#upper = 0x8f;
      this.#needed = 3;
      this.#point = byte & 0x07;
    } else return this.#malformed();
    return '';
  }
}

// Where the last character begins when it is not complete; the length when it is.
function wholeCharacters(bytes) {
  const length = TypedArrayPrototypeGetLength(bytes);
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return size > back ? length - back : length;
  }
  return length;
}
