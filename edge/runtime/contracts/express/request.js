// req: https://expressjs.com/en/5x/api.html#req

import {
  ArrayIsArray,
  ArrayPrototypeReverse,
  ArrayPrototypeSlice,
  RegExpPrototypeExec,
  StringPrototypeIndexOf,
  StringPrototypeLastIndexOf,
  StringPrototypeSlice,
  StringPrototypeSplit,
  StringPrototypeToLowerCase,
  TypeError,
} from '../../bootstrap/primordials.js';
import { loadBuiltin } from '../../bootstrap/modules.js';
import { IncomingMessage, bytesOf, originOf } from './message/incoming_message.js';
import { lazy } from './message/lazy_property.js';
import { named } from '../../node/internal/named.js';
import { parse as parseQuery } from '../../node/internal/query.js';
import { parseCookies } from './cookies.js';
import { isFresh } from './etag.js';
import { typeIs } from './media_type.js';
import { acceptCharsets, acceptEncodings, acceptLanguages, acceptTypes } from './negotiate.js';

const IP = /^(?:\[.*\]|[\d.]+)$/;

const target = (path, query) => (query === '' ? path : `${path}?${query}`);

const flat = (list) => (ArrayIsArray(list[0]) ? list[0] : list);

export class Request extends IncomingMessage {
  /** @param {Uint8Array} bytes the whole body */
  constructor(invocation, bytes) {
    super(undefined, invocation, bytes);
    const { request } = invocation;
    this.method = request.method;
    this.url = target(request.path, request.query);
    this.originalUrl = `${request.basePath}${this.url}`;
    this.baseUrl = request.basePath;
    this.httpVersion = request.httpVersion;
    this.params = { __proto__: null, ...request.params };
    this.body = {};
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

  get secure() {
    return this.protocol === 'https';
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
    return originOf(this).signal;
  }

  /** Keeps the invocation open for work that goes on after the response. */
  waitUntil(promise) {
    originOf(this).waitUntil(promise);
  }

  get(name) {
    if (typeof name !== 'string') throw new TypeError(`name must be a string to req.get; it is ${typeof name}`);
    const key = StringPrototypeToLowerCase(name);
    return key === 'referer' || key === 'referrer' ? (this.headers.referrer ?? this.headers.referer) : this.headers[key];
  }

  is(...types) {
    const { headers } = this;
    if (headers['transfer-encoding'] === undefined && headers['content-length'] === undefined && this.rawBody.length === 0) return null;
    return typeIs(headers['content-type'] ?? '', flat(types));
  }

  accepts(...types) {
    return acceptTypes(this.headers.accept, flat(types));
  }

  acceptsCharsets(...charsets) {
    return acceptCharsets(this.headers['accept-charset'], flat(charsets));
  }

  acceptsEncodings(...encodings) {
    return acceptEncodings(this.headers['accept-encoding'], flat(encodings));
  }

  acceptsLanguages(...languages) {
    return acceptLanguages(this.headers['accept-language'], flat(languages));
  }

  /** The parts of a resource of `size` that the client wants: see range.js. */
  range(size, options) {
    const { range } = this.headers;
    return range === undefined ? undefined : import('./range.js').parseRange(size, range, options);
  }

  /** The parameter of the route, else of the query, else of the body. */
  param(name, fallback) {
    const { params, query, body } = this;
    if (params?.[name] !== undefined && params[name] !== null) return params[name];
    if (query?.[name] !== undefined) return query[name];
    return body?.[name] ?? fallback;
  }
}

named('IncomingMessage', Request);
const { prototype } = Request;
prototype.header = prototype.get;
prototype.route = undefined;
prototype.next = undefined;

/** A property of the invocation's own request, made when it is read first. */
const ofRequest = (name, compute) => {
  lazy(prototype, name, function read() {
    const origin = originOf(this);
    return origin === null ? undefined : compute(origin, this);
  });
};
// The gateway's own route parameters stay readable below a router of the function.
ofRequest('routeParams', ({ request }) => request.params);
ofRequest('protocol', ({ request }) => StringPrototypeSlice(request.url, 0, StringPrototypeIndexOf(request.url, '://')));
ofRequest('host', ({ request }) => {
  const start = StringPrototypeIndexOf(request.url, '://') + 3;
  const path = StringPrototypeIndexOf(request.url, '/', start);
  return StringPrototypeSlice(request.url, start, path < 0 ? undefined : path);
});
ofRequest('ip', ({ request }) => request.ip);
ofRequest('ips', ({ request }) => request.ips);
ofRequest('id', (invocation) => invocation.requestId);
ofRequest('query', (_, req) => {
  const start = StringPrototypeIndexOf(req.url, '?');
  return parseQuery(start < 0 ? '' : StringPrototypeSlice(req.url, start + 1));
});
ofRequest('cookies', (_, req) => parseCookies(req.headers.cookie));
ofRequest('signedCookies', () => ({ __proto__: null }));
/** The whole body as it came, a Buffer. */
ofRequest('rawBody', (_, req) => {
  const bytes = bytesOf(req);
  return loadBuiltin('buffer').Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
});
/** Variables, secrets, stores and services, as the web contract has them. */
ofRequest('env', (invocation) => import('../env.js').createEnv(invocation));
/** Settings, as those of an Express app: see app.js. */
ofRequest('app', (_, req) => import('./app.js').createApp(req));

