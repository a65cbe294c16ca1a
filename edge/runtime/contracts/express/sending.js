// res.send and its kin: a body with its type, entity tag and length.  https://expressjs.com/en/5x/api.html#res.send

import {
  ArrayBufferIsView, ArrayIsArray, JSONStringify, NumberIsInteger, RangeError, RegExpPrototypeSymbolReplace, String, StringPrototypeReplaceAll, TypeError, Uint8Array,
} from '../../bootstrap/primordials.js';
import { ServerResponse } from './message/server_response.js';
import { isEmptyStatus, reasonPhrase } from '../../http/statuses.js';
import { isAnyArrayBuffer } from '../../node/internal/types.js';
import { EMPTY_TAG, weakTag } from './etag.js';
import { withUtf8 } from './media_type.js';

const NOT_OF_A_CALLBACK = /[^[\]\w$.]/g;

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

export class SendingResponse extends ServerResponse {
  #statusChosen = false;

  constructor(invocation, request, whenFinished) {
    super(invocation, request, whenFinished);
    this.locals = { __proto__: null };
  }

  status(code) {
    if (!NumberIsInteger(code)) throw new TypeError(`Invalid status code: ${JSONStringify(code)}. Status code must be an integer.`);
    if (code < 100 || code > 999) throw new RangeError(`Invalid status code: ${code}. Status code must be greater than 99 and less than 1000.`);
    this.statusCode = code;
    this.#statusChosen = true;
    return this;
  }

  sendStatus(code) {
    this.status(code);
    this.type('txt');
    return this.send(reasonPhrase(code));
  }

  /**
   * Answers with a body: a string is HTML, an object JSON, bytes are bytes, a number, boolean or null is text, and
   * undefined is 204 (an empty body, when a status was chosen).
   */
  send(body) {
    if (body === undefined) return this.#sendNothing();
    if (typeof body === 'string') return this.#sendText(body, 'html');
    if (ArrayBufferIsView(body) || isAnyArrayBuffer(body)) return this.#sendBytes(isAnyArrayBuffer(body) ? new Uint8Array(body) : body);
    if (typeof body === 'object' && body !== null) return this.json(body);
    if (typeof body === 'function' || typeof body === 'symbol') throw new TypeError(`res.send: a ${typeof body} cannot be sent`);
    return this.#sendText(String(body), 'txt');
  }

  json(value) {
    const text = JSONStringify(value);
    const existing = this.getHeader('Content-Type');
    if (existing === undefined) this.setHeader('Content-Type', 'application/json; charset=utf-8');
    else if (typeof existing === 'string') this.setHeader('Content-Type', withUtf8(existing));
    return this.#deliver(text ?? '');
  }

  /** JSON, or a script that calls the function that the query names: `?callback=name`. */
  jsonp(value) {
    const asked = this.req.query.callback;
    const callback = ArrayIsArray(asked) ? asked[0] : asked;
    if (typeof callback !== 'string' || callback === '') {
      if (!this.hasHeader('Content-Type')) this.setHeader('X-Content-Type-Options', 'nosniff');
      return this.json(value);
    }
    this.setHeader('X-Content-Type-Options', 'nosniff');
    this.setHeader('Content-Type', 'text/javascript; charset=utf-8');
    const name = RegExpPrototypeSymbolReplace(NOT_OF_A_CALLBACK, callback, '');
    const text = StringPrototypeReplaceAll(StringPrototypeReplaceAll(JSONStringify(value) ?? '', '\u2028', '\\u2028'), '\u2029', '\\u2029');
    // The comment keeps the answer from being taken for something else (Rosetta Flash).
    return this.#deliver(`/**/ typeof ${name} === 'function' && ${name}(${text});`);
  }

  #sendNothing() {
    if (!this.#statusChosen && this.statusCode === 200) this.statusCode = 204;
    return isEmptyStatus(this.statusCode) || this.statusCode === 205 ? this.#deliver('') : this.end();
  }

  #sendText(text, type) {
    const existing = this.getHeader('Content-Type');
    if (existing === undefined) this.type(type);
    else if (typeof existing === 'string') this.setHeader('Content-Type', withUtf8(existing));
    return this.#deliver(text);
  }

  #sendBytes(view) {
    if (!this.hasHeader('Content-Type')) this.type('bin');
    return this.#deliver(view);
  }

  // With an entity tag; what the client holds already is answered with 304.
  #deliver(body) {
    const { req } = this;
    if (!this.headersSent) {
      if (!this.hasHeader('ETag')) this.setHeader('ETag', (body.length ?? body.byteLength) === 0 ? EMPTY_TAG : weakTag(typeof body === 'string' ? body : bytesOf(body)));
      if (req.fresh) this.statusCode = 304;
    }
    if (this.statusCode === 204 || this.statusCode === 304) return this.#deliverEmpty(['Content-Type', 'Content-Length', 'Transfer-Encoding']);
    if (this.statusCode === 205) return this.setHeader('Content-Length', '0').#deliverEmpty(['Transfer-Encoding']);
    return this.end(body);
  }

  #deliverEmpty(dropped) {
    for (let i = 0; i < dropped.length; i++) this.removeHeader(dropped[i]);
    return this.end();
  }
}
