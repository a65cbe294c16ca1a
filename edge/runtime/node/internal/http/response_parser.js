// Reads responses from what arrives on a connection, piece by piece: https://www.rfc-editor.org/rfc/rfc9112#section-6
//
// It keeps no more than a head or a line: bodies are handed on as they come.

import { NumberParseInt, RegExpPrototypeExec, StringPrototypeSplit } from '../../../bootstrap/primordials.js';
import { Buffer } from '../buffer/class.js';
import { parseError, parseFields, parseHead } from './response_head.js';

const CR = 13;
const LF = 10;
const MAX_LINE = 16384;
const NOTHING = () => Buffer.alloc(0);

const HEAD = 0;
const BODY = 1; // of a known length, or one chunk
const CHUNK_LINE = 2;
const CHUNK_END = 3;
const TRAILERS = 4;
const UNTIL_END = 5;
const DONE = 6;

/** `hears` has onHead(head) -> whether a body may follow, onBody(bytes), onTrailers(fields), onEnd(). */
export class ResponseParser {
  #hears;
  #maxHead;
  #state = HEAD;
  #rest = NOTHING();
  #left = 0;
  #chunked = false;

  constructor(hears, maxHead) {
    this.#hears = hears;
    this.#maxHead = maxHead;
  }

  /** True between a message's first byte and its end. */
  get isBusy() {
    return this.#state !== HEAD || this.#rest.length > 0;
  }

  /** Bytes that came behind the last message. */
  takeRest() {
    const rest = this.#rest;
    this.#rest = NOTHING();
    return rest;
  }

  /** Takes what has arrived; throws for what is no HTTP/1.1. */
  feed(bytes) {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (this.#state !== DONE && this.#rest.length > 0 && this.#step());
  }

  /** Nothing more will arrive; throws when something is missing. */
  finish() {
    if (this.#state === UNTIL_END) this.#complete();
    else if (this.#state !== DONE && this.isBusy) throw parseError('HPE_INVALID_EOF_STATE', 'Invalid EOF state');
  }

  /** Ready for the next message. */
  restart() {
    this.#state = HEAD;
  }

  // Each step takes something off what is there, or answers false when there is too little.
  #step() {
    switch (this.#state) {
      case HEAD: return this.#head();
      case BODY: return this.#body();
      case CHUNK_LINE: return this.#chunkLine();
      case CHUNK_END: return this.#chunkEnd();
      case TRAILERS: return this.#trailers();
      default: return this.#untilEnd();
    }
  }

  #take(count) {
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }

  /** The text up to an end mark, which is taken, too; null when it has not arrived. */
  #takeText(mark, limit, code, what) {
    const end = this.#rest.indexOf(mark, 0, 'latin1');
    if (end > limit || (end < 0 && this.#rest.length > limit)) throw parseError(code, what);
    if (end < 0) return null;
    const text = this.#take(end).toString('latin1');
    this.#take(mark.length);
    return text;
  }

  #head() {
    if (this.#rest[0] === CR || this.#rest[0] === LF) throw parseError('HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/');
    const text = this.#takeText('\r\n\r\n', this.#maxHead, 'HPE_HEADER_OVERFLOW', 'Header overflow');
    if (text === null) return this.#mayBeHead();
    const head = parseHead(text);
    const expects = this.#hears.onHead(head);
    if (expects === 'more') return true; // an informational response: the real one follows
    if (expects === 'switched') this.#state = DONE;
    else if (expects === 'none' || (!head.chunked && !head.coded && head.length === 0)) this.#complete();
    else if (head.chunked) this.#state = CHUNK_LINE;
    else if (head.length !== null && !head.coded) this.#expect(head.length, false);
    else this.#state = UNTIL_END;
    return true;
  }

  // What does not begin as a response is not waited for.
  #mayBeHead() {
    const begin = this.#rest.toString('latin1', 0, 5);
    for (let i = 0; i < begin.length; i++) if (begin[i] !== 'HTTP/'[i]) throw parseError('HPE_INVALID_CONSTANT', 'Expected HTTP/, RTSP/ or ICE/');
    for (let at = this.#rest.indexOf(LF); at >= 0; at = this.#rest.indexOf(LF, at + 1)) {
      if (at === 0 || this.#rest[at - 1] !== CR) throw parseError('HPE_CR_EXPECTED', 'Missing expected CR after response line');
    }
    return false;
  }

  #expect(length, chunked) {
    this.#left = length;
    this.#chunked = chunked;
    this.#state = BODY;
  }

  #body() {
    const piece = this.#take(this.#left < this.#rest.length ? this.#left : this.#rest.length);
    this.#left -= piece.length;
    this.#hears.onBody(piece);
    if (this.#left > 0) return true;
    if (this.#chunked) this.#state = CHUNK_END;
    else this.#complete();
    return true;
  }

  #chunkLine() {
    const line = this.#takeText('\r\n', MAX_LINE, 'HPE_CHUNK_EXTENSIONS_OVERFLOW', 'Chunk extensions overflow');
    if (line === null) return false;
    const found = RegExpPrototypeExec(/^([\da-f]{1,13})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i, line);
    if (found === null) throw parseError('HPE_INVALID_CHUNK_SIZE', 'Invalid character in chunk size');
    const size = NumberParseInt(found[1], 16);
    if (size === 0) this.#state = TRAILERS;
    else this.#expect(size, true);
    return true;
  }

  #chunkEnd() {
    if (this.#rest.length < 2) {
      if (this.#rest[0] !== CR) throw parseError('HPE_STRICT', 'Expected LF after chunk data');
      return false;
    }
    const end = this.#take(2);
    if (end[0] !== CR || end[1] !== LF) throw parseError('HPE_STRICT', 'Expected LF after chunk data');
    this.#state = CHUNK_LINE;
    return true;
  }

  #trailers() {
    if (this.#rest.length < 2) return false;
    if (this.#rest[0] === CR && this.#rest[1] === LF) {
      this.#take(2);
      this.#complete();
      return true;
    }
    const text = this.#takeText('\r\n\r\n', this.#maxHead, 'HPE_HEADER_OVERFLOW', 'Header overflow');
    if (text === null) return false;
    this.#hears.onTrailers(parseFields(StringPrototypeSplit(text, '\r\n'), 0));
    this.#complete();
    return true;
  }

  #untilEnd() {
    this.#hears.onBody(this.#take(this.#rest.length));
    return true;
  }

  #complete() {
    this.#state = DONE;
    this.#hears.onEnd();
  }
}
