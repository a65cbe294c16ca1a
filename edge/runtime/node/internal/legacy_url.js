// url.parse, url.format and url.resolve: Node's URLs from before the standard.
// https://nodejs.org/api/url.html#legacy-url-api

import { NOT_ASCII } from '../../encoding/utf8.js';
import { domainToASCII } from '../../url/index.js';
import { coded, invalidArgType, validateString } from './errors.js';
import { parse as parseQuery, stringify as stringifyQuery } from './query.js';

const SLASHED = { __proto__: null, http: true, https: true, ftp: true, gopher: true, file: true, ws: true, wss: true };
const HOSTLESS = { __proto__: null, javascript: true };
const PROTOCOL = /^[a-z0-9.+-]+:/i;
const PORT = /:(\d*)$/;
const SIMPLE = /^(\/\/?(?!\/)[^?\s]*)(\?[^\s]*)?$/;
const HOST_END = /[#/?]/;
const NON_HOST = /[\t\n\r "#%'/;<>?@\\^`{|}]/;
const ESCAPE = /[\t\n\r "'<>\\^`{|}]/g;
const NEWLINES = /[\t\n\r]/g;
const MAX_HOST = 255;

export function Url() {
  this.protocol = null;
  this.slashes = null;
  this.auth = null;
  this.host = null;
  this.port = null;
  this.hostname = null;
  this.hash = null;
  this.search = null;
  this.query = null;
  this.pathname = null;
  this.path = null;
  this.href = null;
}

export const isSlashed = (protocol) => SLASHED[protocol?.replace(/:$/, '')] === true;
export const isHostless = (protocol) => HOSTLESS[protocol?.replace(/:$/, '')] === true;
const escapeCharacter = (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

// Control characters and spaces, as far as old browsers knew them.
const isSpace = (code) => code <= 0x20 || code === 0xa0 || code === 0xfeff;

function trimmed(text) {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Backslashes before the query are slashes, as browsers read them. */
function unifySlashes(text) {
  const end = text.search(/[?#]/);
  return end < 0 ? text.replace(/\\/g, '/') : text.slice(0, end).replace(/\\/g, '/') + text.slice(end);
}

/** Splits the authority into auth, host name and port; returns what of it belongs to the path after all. */
function takeAuthority(url, authority) {
  const at = authority.lastIndexOf('@');
  if (at >= 0) url.auth = decodeURIComponent(authority.slice(0, at));
  let host = authority.slice(at + 1);
  const port = PORT.exec(host);
  if (port !== null) {
    if (port[1] !== '') url.port = port[1];
    host = host.slice(0, port.index);
  }
  if (host.startsWith('[') && host.endsWith(']')) {
    url.hostname = host.slice(1, -1).toLowerCase();
    return '';
  }
  const end = host.search(NON_HOST);
  const colon = host.indexOf(':');
  if (colon >= 0 && (end < 0 || colon < end)) {
    // What follows is no port, so it is a path.
    url.hostname = toHost(host.slice(0, colon), authority);
    return `/${host.slice(colon)}`;
  }
  url.hostname = toHost(end < 0 ? host : host.slice(0, end), authority);
  return end < 0 ? '' : host.slice(end);
}

function toHost(host, whole) {
  if (host.length > MAX_HOST) return '';
  const lower = host.toLowerCase();
  if (!NOT_ASCII.test(lower)) return lower;
  const ascii = domainToASCII(lower);
  if (ascii === null || ascii === '') throw Object.assign(coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL'), { input: whole });
  return ascii;
}

Url.prototype.parse = function parse(input, parseQueryString, slashesDenoteHost) {
  validateString(input, 'url');
  let rest = unifySlashes(trimmed(input));
  const simple = SIMPLE.exec(rest);
  if (!slashesDenoteHost && simple !== null && !/[#@]/.test(rest)) return finishSimple(this, simple, parseQueryString, rest);
  const protocol = PROTOCOL.exec(rest)?.[0];
  if (protocol !== undefined) {
    this.protocol = protocol.toLowerCase();
    rest = rest.slice(protocol.length);
  }
  const name = this.protocol?.slice(0, -1);
  if ((slashesDenoteHost || protocol !== undefined || /^\/\/[^@/]+@[^@/]+/.test(rest)) && rest.startsWith('//') && !HOSTLESS[name]) {
    rest = rest.slice(2);
    this.slashes = true;
  }
  if (!HOSTLESS[name] && (this.slashes || (protocol !== undefined && !SLASHED[name]))) {
    const end = rest.search(HOST_END);
    const authority = (end < 0 ? rest : rest.slice(0, end)).replace(NEWLINES, '');
    const leftover = takeAuthority(this, authority);
    rest = leftover + (end < 0 ? '' : rest.slice(end));
    if (authority.endsWith(']') || /\]:\d*$/.test(authority)) rest = rest.startsWith('/') ? rest : `/${rest}`;
    const shown = this.hostname.includes(':') ? `[${this.hostname}]` : this.hostname;
    this.host = shown + (this.port === null ? '' : `:${this.port}`);
  }
  if (!HOSTLESS[name]) rest = rest.replace(ESCAPE, escapeCharacter);
  return finish(this, rest, parseQueryString);
};

function finishSimple(url, [, pathname, search], parseQueryString, href) {
  url.pathname = pathname;
  url.path = href;
  url.href = href;
  if (search !== undefined) {
    url.search = search;
    url.query = parseQueryString ? parseQuery(search.slice(1)) : search.slice(1);
  } else if (parseQueryString) {
    url.search = null;
    url.query = { __proto__: null };
  }
  return url;
}

function finish(url, text, parseQueryString) {
  let rest = text;
  const hash = rest.indexOf('#');
  if (hash >= 0) {
    url.hash = rest.slice(hash);
    rest = rest.slice(0, hash);
  }
  const query = rest.indexOf('?');
  if (query >= 0) {
    url.search = rest.slice(query);
    url.query = parseQueryString ? parseQuery(rest.slice(query + 1)) : rest.slice(query + 1);
    rest = rest.slice(0, query);
  } else if (parseQueryString) {
    url.query = { __proto__: null };
  }
  if (rest !== '') url.pathname = rest;
  if (isSlashed(url.protocol) && url.hostname && !url.pathname) url.pathname = '/';
  if (url.pathname || url.search) url.path = (url.pathname ?? '') + (url.search ?? '');
  url.href = url.format();
  return url;
}

function hostOf(url, auth) {
  if (url.host) return auth + url.host;
  if (!url.hostname) return false;
  const bracketed = url.hostname.includes(':') && !url.hostname.startsWith('[') ? `[${url.hostname}]` : url.hostname;
  return auth + bracketed + (url.port ? `:${url.port}` : '');
}

Url.prototype.format = function format() {
  const auth = this.auth ? `${encodeURIComponent(this.auth).replace(/%3A/i, ':')}@` : '';
  let protocol = this.protocol ?? '';
  if (protocol !== '' && !protocol.endsWith(':')) protocol += ':';
  let host = hostOf(this, auth);
  const query = this.query !== null && typeof this.query === 'object' ? stringifyQuery(this.query) : '';
  let pathname = (this.pathname ?? '').replace(/[?#]/g, encodeURIComponent);
  let search = this.search || (query && `?${query}`) || '';
  let hash = this.hash ?? '';
  if (this.slashes || (isSlashed(protocol) && host !== false)) {
    if (this.slashes || host !== false) {
      if (pathname !== '' && !pathname.startsWith('/')) pathname = `/${pathname}`;
      host = `//${host === false ? '' : host}`;
    }
  }
  if (host === false) host = protocol === 'file:' ? '//' : '';
  if (hash !== '' && !hash.startsWith('#')) hash = `#${hash}`;
  if (search !== '' && !search.startsWith('?')) search = `?${search}`;
  search = search.replaceAll('#', '%23');
  return protocol + host + pathname + search + hash;
};

export function urlParse(url, parseQueryString = false, slashesDenoteHost = false) {
  if (url instanceof Url) return url;
  return new Url().parse(url, parseQueryString, slashesDenoteHost);
}

export function urlFormat(url) {
  if (typeof url === 'string') return urlParse(url).format();
  if (typeof url !== 'object' || url === null) throw invalidArgType('urlObject', ['Object', 'string'], url);
  return Url.prototype.format.call(url);
}

Url.prototype.resolve = function resolve(relative) {
  return this.resolveObject(urlParse(relative, false, true)).format();
};

Url.prototype.resolveObject = function resolveObject(relative) {
  return import('./legacy_url_resolve.js').resolveObject(this, typeof relative === 'string' ? urlParse(relative, false, true) : relative);
};

export const urlResolve = (from, to) => urlParse(from, false, true).resolve(to);

export function urlResolveObject(from, to) {
  return from ? urlParse(from, false, true).resolveObject(to) : to;
}
