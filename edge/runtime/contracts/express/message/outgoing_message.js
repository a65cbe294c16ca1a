// The headers of a response: https://nodejs.org/api/http.html#class-httpoutgoingmessage

import { ArrayIsArray, ObjectKeys, ReflectApply } from '../../../bootstrap/primordials.js';
import { EventEmitter } from '../../../node/internal/emitter.js';
import { registerMessages } from '../../../node/internal/http/other_messages.js';
import { headersSent } from './errors.js';
import { ResponseHeaders } from './response_headers.js';

/** The headers of a message, for the class that sends it. */
export let headersOf;
/** They are final from now on. */
export let sealHeaders;

export class OutgoingMessage extends EventEmitter {
  #headers = new ResponseHeaders();
  #sealed = false;

  static {
    headersOf = (message) => message.#headers;
    sealHeaders = (message) => {
      message.#sealed = true;
    };
    registerMessages((message) => #headers in message, OutgoingMessage.prototype);
  }

  get headersSent() {
    return this.#sealed;
  }

  setHeader(name, value) {
    if (this.#sealed) throw headersSent('set');
    this.#headers.set(name, value);
    return this;
  }

  setHeaders(headers) {
    headers.forEach((value, name) => this.setHeader(name, value));
    return this;
  }

  appendHeader(name, value) {
    if (this.#sealed) throw headersSent('append');
    this.#headers.append(name, value);
    return this;
  }

  getHeader(name) {
    return this.#headers.get(name);
  }

  hasHeader(name) {
    return this.#headers.has(name);
  }

  removeHeader(name) {
    if (this.#sealed) throw headersSent('remove');
    this.#headers.delete(name);
  }

  getHeaderNames() {
    return this.#headers.names();
  }

  getRawHeaderNames() {
    return this.#headers.rawNames();
  }

  getHeaders() {
    const all = { __proto__: null };
    const names = this.#headers.names();
    for (let i = 0; i < names.length; i++) all[names[i]] = this.#headers.get(names[i]);
    return all;
  }

  // What middlewares of the time before getHeaders look at.
  get _headers() {
    return this.getHeaders();
  }

  get _headerNames() {
    return this.#headers.rawNames();
  }

  /** The head as text, when it is final: code asks whether there is one. */
  get _header() {
    return this.#sealed ? headText(this, this.#headers.pairs()) : null;
  }

  get _headerSent() {
    return this.#sealed;
  }
}

function headText(message, pairs) {
  let text = `HTTP/1.1 ${message.statusCode} ${message.statusMessage ?? ''}\r\n`;
  for (let i = 0; i < pairs.length; i++) text += `${pairs[i][0]}: ${pairs[i][1]}\r\n`;
  return `${text}\r\n`;
}

/** Adds headers given as an object, as pairs, or as names and values in turn. */
export function mergeHeaders(target, headers) {
  if (headers === undefined || headers === null) return;
  if (!ArrayIsArray(headers)) {
    const names = ObjectKeys(headers);
    for (let i = 0; i < names.length; i++) target.set(names[i], headers[names[i]]);
  } else if (ArrayIsArray(headers[0])) mergePairs(target, headers);
  else for (let i = 0; i + 1 < headers.length; i += 2) target.append(headers[i], headers[i + 1]);
}

function mergePairs(target, pairs) {
  for (let i = 0; i < pairs.length; i++) target.append(pairs[i][0], pairs[i][1]);
}

const { prototype } = OutgoingMessage;
prototype.sendDate = true;
prototype.chunkedEncoding = false;
prototype.useChunkedEncodingByDefault = true;
prototype.shouldKeepAlive = true;
prototype.outputSize = 0;
prototype.writableObjectMode = false;
prototype.writableCorked = 0;
// By these streams know that a response closes by itself.
prototype._defaultKeepAlive = true;
prototype._removedConnection = false;
prototype._removedContLen = false;
prototype._removedTE = false;
prototype._sent100 = false;
prototype._expect_continue = false;
prototype.pipe = function pipe() {
  ReflectApply(this.emit, this, ['error', import('./errors.js').cannotPipe()]);
};
