// What relative URLs are resolved against.  A function has no place of its own on the web; one that sets a global `location`
// object with a string `href` says what that place shall be.

import { TypeError } from '../bootstrap/primordials.js';
import { originOf, parseURL } from '../url/index.js';
import { isObject } from '../webidl/index.js';

/** The record of the function's `location`; null without one. */
export function baseURL() {
  const { location } = globalThis;
  if (!isObject(location)) return null;
  const { href } = location;
  return typeof href === 'string' ? parseURL(href) : null;
}

/** The origin of the function's `location`; null without one. */
export function baseOrigin() {
  const base = baseURL();
  return base === null ? null : originOf(base);
}

/** The record of a URL, which may be relative; a TypeError when it is none. */
export function parseReference(text, what) {
  const base = baseURL();
  const record = parseURL(text, base);
  if (record !== null) return record;
  throw new TypeError(`${what}: "${text}" is not a URL${base === null ? ', or is a relative one (there is no location.href to resolve it against)' : ''}`);
}
