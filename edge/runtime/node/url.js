// node:url: https://nodejs.org/api/url.html

import { coded, invalidArgType, invalidArgValue, validateObject, validateString } from './internal/errors.js';
import { Url, urlFormat, urlParse, urlResolve, urlResolveObject } from './internal/legacy_url.js';
import { domainToASCII, domainToUnicode, URL, URLSearchParams } from '../url/index.js';
import { Buffer } from './internal/buffer/class.js';
import { percentBytes } from './internal/percent.js';
import path from './path.js';

// What URLs read in another way, or write in more than one.
const EXTENDED = /^\\\\\?\\[A-Za-z]:/; // `\\?\C:`
const ESCAPED = /[%\\\0\t\n\r "#?[\]^|~]/g;

const isURL = (value) => typeof value?.href === 'string' && typeof value.protocol === 'string' && value.auth === undefined && value.path === undefined;

function fileURL(input) {
  const url = typeof input === 'string' ? new URL(input) : input;
  if (!isURL(url)) throw invalidArgType('path', ['string', 'URL'], input);
  if (url.protocol !== 'file:') throw coded(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file');
  if (url.hostname !== '') throw coded(TypeError, 'ERR_INVALID_FILE_URL_HOST', 'File URL host must be "localhost" or empty on linux');
  if (/%2f/i.test(url.pathname)) {
    throw Object.assign(coded(TypeError, 'ERR_INVALID_FILE_URL_PATH', 'File URL path must not include encoded / characters'), { input: url });
  }
  return url;
}

const fileURLToPath = (input) => decodeURIComponent(fileURL(input).pathname);
const fileURLToPathBuffer = (input) => Buffer.from(percentBytes(fileURL(input).pathname));

const escaped = (text) => text.replace(ESCAPED, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);

/** A path of another machine: `\\\\server\\share\\file`. */
function sharedFileURL(file) {
  const start = file.startsWith('\\\\?\\UNC\\') ? 8 : 2;
  const end = file.indexOf('\\', start);
  if (end < 0) throw invalidArgValue('path', file, 'Missing UNC resource path');
  if (end === start) throw invalidArgValue('path', file, 'Empty UNC servername');
  const url = new URL(`file://${domainToASCII(file.slice(start, end)) ?? ''}`);
  url.pathname = escaped(file.slice(end).replaceAll('\\', '/'));
  return url;
}

function pathToFileURL(file, options = undefined) {
  validateString(file, 'path');
  const windows = Boolean(options?.windows);
  if (windows && EXTENDED.test(file)) return pathToFileURL(file.slice(4), options);
  if (windows && file.startsWith('\\\\')) return sharedFileURL(file);
  let whole = (windows ? path.win32 : path).resolve(file);
  if ((file.endsWith('/') || (windows && file.endsWith('\\'))) && !whole.endsWith(windows ? '\\' : '/')) whole += '/';
  if (windows) whole = `/${whole.replaceAll('\\', '/')}`;
  return new URL(`file://${escaped(whole)}`);
}

/** The options that http.request takes, of a URL. */
function urlToHttpOptions(url) {
  validateObject(url, 'url');
  const { hostname, pathname, search, port, username, password } = url;
  const options = {
    __proto__: null,
    ...url,
    protocol: url.protocol,
    hostname: hostname?.startsWith('[') ? hostname.slice(1, -1) : hostname,
    hash: url.hash,
    search,
    pathname,
    path: `${pathname || ''}${search || ''}`,
    href: url.href,
  };
  if (port !== '') options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

/** url.format: of a URL with options, of a legacy object, or of a text. */
function format(input, options = {}) {
  if (!isURL(input)) return urlFormat(input);
  validateObject(options, 'options');
  const url = new URL(input.href);
  const { fragment = true, search = true, auth = true, unicode = false } = options;
  if (!fragment) url.hash = '';
  if (!search) url.search = '';
  if (!auth) url.username = url.password = '';
  return unicode && url.hostname !== '' ? url.href.replace(url.hostname, domainToUnicode(url.hostname)) : url.href;
}

export default {
  URL,
  URLSearchParams,
  get URLPattern() {
    return globalThis.URLPattern;
  },
  Url,
  parse: urlParse,
  format,
  resolve: urlResolve,
  resolveObject: urlResolveObject,
  domainToASCII: (domain) => domainToASCII(`${domain}`) ?? '',
  domainToUnicode: (domain) => domainToUnicode(`${domain}`),
  fileURLToPath,
  fileURLToPathBuffer,
  pathToFileURL,
  urlToHttpOptions,
};
