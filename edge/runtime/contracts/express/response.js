// res: https://expressjs.com/en/5x/api.html#res

import {
  ArrayBufferIsView,
  ArrayIsArray,
  ArrayPrototypeFilter,
  ArrayPrototypeIncludes,
  ArrayPrototypeJoin,
  ArrayPrototypeMap,
  ArrayPrototypePush,
  Date,
  Error,
  JSONStringify,
  NumberIsInteger,
  ObjectKeys,
  RangeError,
  ReflectApply,
  RegExpPrototypeSymbolReplace,
  String,
  StringPrototypeSplit,
  StringPrototypeToLowerCase,
  StringPrototypeToWellFormed,
  StringPrototypeTrim,
  TypeError,
  Uint8Array,
  encodeURI,
} from '../../bootstrap/primordials.js';
import { isAnyArrayBuffer } from '../../node/internal/types.js';
import { named } from '../../node/internal/named.js';
import { unsupported } from '../../node/internal/errors.js';
import { serializeCookie } from './cookies.js';
import { attachment } from './disposition.js';
import { httpError } from './errors.js';
import { weakTag } from './etag.js';
import { escapeHtml } from './html.js';
import { lookup, typeOf, withCharset, withUtf8 } from './media_type.js';
import { acceptTypes } from './negotiate.js';
import { pipeFrom } from './pipe.js';
import { ServerResponse } from './server_response.js';
import { reasonPhrase } from './statuses.js';

const DOUBLY_ESCAPED = /%25([0-9a-fA-F]{2})/g;
const BRACKETS = /%5[BbDd]/g;

const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** Escapes what a URL may not hold and leaves what is escaped already. */
function encodeUrl(url) {
  let escaped;
  try {
    escaped = encodeURI(url);
  } catch {
    escaped = encodeURI(StringPrototypeToWellFormed(url));
  }
  escaped = RegExpPrototypeSymbolReplace(DOUBLY_ESCAPED, escaped, '%$1');
  return RegExpPrototypeSymbolReplace(BRACKETS, escaped, (bracket) => (bracket[2] === 'B' || bracket[2] === 'b' ? '[' : ']'));
}

export class Response extends ServerResponse {
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
    if (!this.hasHeader('Content-Type')) this.setHeader('Content-Type', 'application/json; charset=utf-8');
    return text === undefined ? this.#deliver('') : this.#deliver(text);
  }

  #sendNothing() {
    if (!this.#statusChosen && this.statusCode === 200) this.statusCode = 204;
    return this.#deliver('');
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
      if (!this.hasHeader('ETag') && (body.length ?? body.byteLength) > 0) this.setHeader('ETag', weakTag(typeof body === 'string' ? body : bytesOf(body)));
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

  /** Sets one header, or those of an object.  Content-Type gets a charset where it has none. */
  set(name, value) {
    if (arguments.length === 1) {
      const names = ObjectKeys(name);
      for (let i = 0; i < names.length; i++) this.set(names[i], name[names[i]]);
      return this;
    }
    let text = ArrayIsArray(value) ? ArrayPrototypeMap(value, String) : String(value);
    if (StringPrototypeToLowerCase(name) === 'content-type') {
      if (ArrayIsArray(text)) throw new TypeError('Content-Type cannot be set to an Array');
      text = withCharset(text);
    }
    return this.setHeader(name, text);
  }

  get(name) {
    return this.getHeader(name);
  }

  append(name, value) {
    const existing = this.get(name);
    if (existing === undefined) return this.set(name, value);
    if (StringPrototypeToLowerCase(name) === 'content-type') return this.set(name, [existing, value]); // which is refused
    return this.appendHeader(name, ArrayIsArray(value) ? ArrayPrototypeMap(value, String) : String(value));
  }

  type(type) {
    return this.set('Content-Type', withCharset(typeOf(type) ?? 'application/octet-stream'));
  }

  location(url) {
    return this.set('Location', encodeUrl(url === 'back' ? (this.req.get('Referrer') ?? '/') : String(url)));
  }

  /** `redirect([status,] url)`; the url "back" is where the client came from. */
  redirect(status, url) {
    const code = typeof status === 'number' ? status : 302;
    const to = typeof status === 'number' ? url : status;
    if (to === undefined) throw new TypeError('res.redirect needs a url');
    const address = this.location(to).get('Location');
    this.status(code);
    const phrase = reasonPhrase(code);
    this.vary('Accept');
    const kind = acceptTypes(this.req.headers.accept, ['text', 'html']);
    this.removeHeader('Content-Type');
    const html = kind === 'html';
    this.type(html ? 'html' : 'txt');
    return this.end(kind === false ? '' : html ? `<p>${phrase}. Redirecting to ${escapeHtml(address)}</p>` : `${phrase}. Redirecting to ${address}`);
  }

  cookie(name, value, options) {
    return this.append('Set-Cookie', serializeCookie(name, value, { __proto__: null, ...options }));
  }

  clearCookie(name, options) {
    return this.cookie(name, '', { ...options, maxAge: undefined, expires: new Date(0) });
  }

  attachment(filename) {
    const type = filename === undefined ? undefined : lookup(String(filename));
    if (type !== undefined) this.type(type);
    return this.set('Content-Disposition', attachment(filename === undefined ? undefined : String(filename)));
  }

  vary(field) {
    const existing = this.get('Vary');
    const names = existing === undefined ? [] : ArrayPrototypeMap(StringPrototypeSplit(`${existing}`, ','), StringPrototypeTrim);
    const lower = ArrayPrototypeMap(names, StringPrototypeToLowerCase);
    const added = ArrayIsArray(field) ? field : StringPrototypeSplit(`${field}`, ',');
    for (let i = 0; i < added.length; i++) {
      const name = StringPrototypeTrim(added[i]);
      if (name === '*') return this.set('Vary', '*');
      if (name !== '' && !ArrayPrototypeIncludes(lower, StringPrototypeToLowerCase(name)) && !ArrayPrototypeIncludes(lower, '*')) {
        ArrayPrototypePush(names, name);
        ArrayPrototypePush(lower, StringPrototypeToLowerCase(name));
      }
    }
    return this.set('Vary', ArrayPrototypeJoin(names, ', '));
  }

  /** `Link` header: `{next: url, last: url}`. */
  links(links) {
    const relations = ObjectKeys(links);
    const parts = [];
    for (let i = 0; i < relations.length; i++) {
      const urls = ArrayIsArray(links[relations[i]]) ? links[relations[i]] : [links[relations[i]]];
      for (let j = 0; j < urls.length; j++) ArrayPrototypePush(parts, `<${urls[j]}>; rel="${relations[i]}"`);
    }
    const existing = this.get('Link');
    return this.set('Link', `${existing === undefined ? '' : `${existing}, `}${ArrayPrototypeJoin(parts, ', ')}`);
  }

  /** Calls the handler of the type that the client takes best; `default` or 406 when it takes none. */
  format(handlers) {
    const { req } = this;
    const types = ArrayPrototypeFilter(ObjectKeys(handlers), (type) => type !== 'default');
    const type = types.length > 0 ? acceptTypes(req.headers.accept, types) : false;
    this.vary('Accept');
    if (type !== false) {
      this.set('Content-Type', withCharset(typeOf(type) ?? type));
      ReflectApply(handlers[type], this, [req, this, req.next]);
    } else if (handlers.default) ReflectApply(handlers.default, this, [req, this, req.next]);
    else req.next(httpError(406, `Not Acceptable: this resource is ${ArrayPrototypeJoin(types, ', ')}`));
    return this;
  }

  /** Answers with a fetch Response: its status, its end-to-end headers, its body as it comes. */
  pipeFrom(response) {
    return pipeFrom(response, this);
  }

  render() {
    throw new Error('res.render needs a template engine, which edge does not have: make the HTML yourself and res.send it');
  }

  sendFile() {
    throw unsupported('res.sendFile', 'put the content in a module of the package and res.send it');
  }

  download() {
    throw unsupported('res.download', 'put the content in a module of the package, call res.attachment and res.send it');
  }
}
named('ServerResponse', Response);
Response.prototype.header = Response.prototype.set;
Response.prototype.contentType = Response.prototype.type;
