// req: https://expressjs.com/en/5x/api.html#req

import {
  ArrayIsArray,
  ArrayPrototypeConcat,
  ArrayPrototypePush,
  ArrayPrototypeReverse,
  ArrayPrototypeSlice,
  ObjectDefineProperty,
  ReflectApply,
  RegExpPrototypeExec,
  StringPrototypeIndexOf,
  StringPrototypeLastIndexOf,
  StringPrototypeSlice,
  StringPrototypeSplit,
  StringPrototypeToLowerCase,
  SymbolAsyncIterator,
  TypeError,
} from '../../bootstrap/primordials.js';
import { onAbort } from '../../abort/index.js';
import { loadBuiltin } from '../../bootstrap/modules.js';
import { queueMicrotask } from '../../events/index.js';
import { EventEmitter } from '../../node/internal/emitter.js';
import { named } from '../../node/internal/named.js';
import { parse as parseQuery } from '../../node/internal/query.js';
import { parseCookies } from './cookies.js';
import { isFresh } from './etag.js';
import { typeIs } from './media_type.js';
import { acceptCharsets, acceptEncodings, acceptLanguages, acceptTypes } from './negotiate.js';

// Of these the first one counts, as in Node: https://nodejs.org/api/http.html#messageheaders
const SINGLE = {
  __proto__: null, age: true, authorization: true, 'content-length': true, 'content-type': true, etag: true, expires: true, from: true, host: true,
  'if-modified-since': true, 'if-unmodified-since': true, 'last-modified': true, location: true, 'max-forwards': true, 'proxy-authorization': true,
  referer: true, 'retry-after': true, server: true, 'user-agent': true,
};
const IP = /^(?:\[.*\]|[\d.]+)$/;

function define(object, name, value) {
  ObjectDefineProperty(object, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  return value;
}

function joinHeaders(pairs) {
  const headers = {};
  for (let i = 0; i < pairs.length; i++) {
    const name = pairs[i][0];
    const value = pairs[i][1];
    const existing = headers[name];
    if (name === 'set-cookie') headers[name] = existing === undefined ? [value] : ArrayPrototypeConcat(existing, value);
    else if (name === '__proto__') define(headers, name, value);
    else if (existing === undefined) headers[name] = value;
    else if (!SINGLE[name]) headers[name] = `${existing}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}

function flat(pairs) {
  const all = [];
  for (let i = 0; i < pairs.length; i++) ArrayPrototypePush(all, pairs[i][0], pairs[i][1]);
  return all;
}

const target = (path, query) => (query === '' ? path : `${path}?${query}`);

/** A property that is computed when it is first read, and may be set. */
function lazy(prototype, name, compute) {
  ObjectDefineProperty(prototype, name, {
    __proto__: null,
    get() {
      return define(this, name, ReflectApply(compute, this, []));
    },
    set(value) {
      define(this, name, value);
    },
    enumerable: true,
    configurable: true,
  });
}

const emitterOn = EventEmitter.prototype.on;

export class Request extends EventEmitter {
  #invocation;
  #bytes;
  #delivered = false;
  #watched = false;
  #encoding = null;

  /** @param {Uint8Array} bytes the whole body */
  constructor(invocation, bytes) {
    super();
    const { request } = invocation;
    const scheme = StringPrototypeIndexOf(request.url, '://');
    this.#invocation = invocation;
    this.#bytes = bytes;
    this.method = request.method;
    this.url = target(request.path, request.query);
    this.originalUrl = `${request.basePath}${this.url}`;
    this.baseUrl = request.basePath;
    this.httpVersion = request.httpVersion;
    this.headers = joinHeaders(request.headers);
    // The gateway's own route parameters stay readable below a router of the function.
    this.routeParams = request.params;
    this.params = { __proto__: null, ...request.params };
    this.protocol = StringPrototypeSlice(request.url, 0, scheme);
    this.secure = this.protocol === 'https';
    const path = StringPrototypeIndexOf(request.url, '/', scheme + 3);
    this.host = StringPrototypeSlice(request.url, scheme + 3, path < 0 ? undefined : path);
    this.ip = request.ip;
    this.ips = request.ips;
    this.id = invocation.requestId;
    this.body = {};
    this.complete = true;
    // What body-parser and its kin look for: there is nothing left to parse.
    this._body = true;
  }

  /** The part of the URL before the query. */
  get path() {
    const end = StringPrototypeIndexOf(this.url, '?');
    return end < 0 ? this.url : StringPrototypeSlice(this.url, 0, end);
  }

  /** Host name without port; an IPv6 address keeps its brackets. */
  get hostname() {
    const { host } = this;
    if (!host) return undefined;
    const colon = StringPrototypeLastIndexOf(host, ':');
    return colon > StringPrototypeLastIndexOf(host, ']') ? StringPrototypeSlice(host, 0, colon) : host;
  }

  get subdomains() {
    const { hostname } = this;
    if (!hostname || RegExpPrototypeExec(IP, hostname) !== null) return [];
    return ArrayPrototypeSlice(ArrayPrototypeReverse(StringPrototypeSplit(hostname, '.')), 2);
  }

  get xhr() {
    return StringPrototypeToLowerCase(`${this.headers['x-requested-with'] ?? ''}`) === 'xmlhttprequest';
  }

  get fresh() {
    const { method, res } = this;
    if (method !== 'GET' && method !== 'HEAD') return false;
    const status = res.statusCode;
    return ((status >= 200 && status < 300) || status === 304) && isFresh(this.headers, res.getHeader('ETag'), res.getHeader('Last-Modified'));
  }

  get stale() {
    return !this.fresh;
  }

  /** The invocation's AbortSignal: it fires when the client leaves. */
  get signal() {
    return this.#invocation.signal;
  }

  /** Variables, secrets, stores and services, as the web contract has them. */
  get env() {
    return define(this, 'env', import('../env.js').createEnv(this.#invocation));
  }

  set env(value) {
    define(this, 'env', value);
  }

  /** Keeps the invocation open for work that goes on after the response. */
  waitUntil(promise) {
    this.#invocation.waitUntil(promise);
  }

  get(name) {
    if (typeof name !== 'string') throw new TypeError(`name must be a string to req.get; it is ${typeof name}`);
    const key = StringPrototypeToLowerCase(name);
    return key === 'referer' || key === 'referrer' ? (this.headers.referrer ?? this.headers.referer) : this.headers[key];
  }

  is(...types) {
    const { headers } = this;
    if (headers['transfer-encoding'] === undefined && headers['content-length'] === undefined && this.rawBody.length === 0) return null;
    return typeIs(headers['content-type'] ?? '', ArrayIsArray(types[0]) ? types[0] : types);
  }

  accepts(...types) {
    return acceptTypes(this.headers.accept, ArrayIsArray(types[0]) ? types[0] : types);
  }

  acceptsCharsets(...charsets) {
    return acceptCharsets(this.headers['accept-charset'], ArrayIsArray(charsets[0]) ? charsets[0] : charsets);
  }

  acceptsEncodings(...encodings) {
    return acceptEncodings(this.headers['accept-encoding'], ArrayIsArray(encodings[0]) ? encodings[0] : encodings);
  }

  acceptsLanguages(...languages) {
    return acceptLanguages(this.headers['accept-language'], ArrayIsArray(languages[0]) ? languages[0] : languages);
  }

  /** The parameter of the route, else of the query, else of the body. */
  param(name, fallback) {
    const { params, query, body } = this;
    if (params?.[name] !== undefined && params[name] !== null) return params[name];
    if (query[name] !== undefined) return query[name];
    return body?.[name] ?? fallback;
  }

  /** Names and values in turn, as they came. */
  headerList() {
    return flat(this.#invocation.request.headers);
  }

  /** The whole body as it came, a Buffer. */
  bytes() {
    return loadBuiltin('buffer').Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  #chunks() {
    if (this.#bytes.length === 0) return [];
    return [this.#encoding === null ? this.rawBody : this.rawBody.toString(this.#encoding)];
  }

  setEncoding(encoding) {
    this.#encoding = encoding ?? 'utf8';
    return this;
  }

  on(type, listener) {
    ReflectApply(emitterOn, this, [type, listener]);
    if (type === 'data' || type === 'end' || type === 'readable') this.#deliver();
    if (type === 'close' || type === 'aborted') this.#watch();
    return this;
  }

  // The whole body is there already: it is one chunk, then the end.
  #deliver() {
    if (this.#delivered) return;
    this.#delivered = true;
    queueMicrotask(() => {
      const chunks = this.#chunks();
      for (let i = 0; i < chunks.length; i++) this.emit('data', chunks[i]);
      this.emit('end');
    });
  }

  #watch() {
    if (this.#watched) return;
    this.#watched = true;
    onAbort(this.#invocation.signal, () => {
      this.aborted = true;
      this.emit('aborted');
      this.emit('close');
    });
  }

  pipe(destination) {
    const chunks = this.#chunks();
    for (let i = 0; i < chunks.length; i++) destination.write(chunks[i]);
    destination.end();
    return destination;
  }

  resume() {
    this.#deliver();
    return this;
  }

  pause() {
    return this;
  }

  async *[SymbolAsyncIterator]() {
    const chunks = this.#chunks();
    for (let i = 0; i < chunks.length; i++) yield chunks[i];
  }
}

named('IncomingMessage', Request);
const { prototype } = Request;
prototype.header = prototype.get;
prototype.addListener = prototype.on;
prototype.route = undefined;
prototype.aborted = false;
lazy(prototype, 'query', function query() {
  const start = StringPrototypeIndexOf(this.url, '?');
  return parseQuery(start < 0 ? '' : StringPrototypeSlice(this.url, start + 1));
});
lazy(prototype, 'cookies', function cookies() {
  return parseCookies(this.headers.cookie);
});
lazy(prototype, 'signedCookies', () => ({ __proto__: null }));
lazy(prototype, 'rawBody', function rawBody() {
  return this.bytes();
});
lazy(prototype, 'rawHeaders', function rawHeaders() {
  return this.headerList();
});
lazy(prototype, 'socket', function socket() {
  return { remoteAddress: this.ip, encrypted: this.secure, readable: true, writable: true, destroyed: false };
});
lazy(prototype, 'connection', function connection() {
  return this.socket;
});
