// blob: URLs: https://w3c.github.io/FileAPI/#url
// They belong to the invocation that made them, and end with it.

import { SafeMap, StringPrototypeIndexOf, StringPrototypeSlice, TypeError, Uint8ArrayPrototypeToHex } from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { invocationLocal } from '../bootstrap/invocation_local.js';
import { baseOrigin } from '../fetch/base_url.js';
import { toUSVString } from '../webidl/index.js';
import { blobContent } from './registry.js';

// URL -> content of its blob
const store = invocationLocal(() => new SafeMap());

function randomUUID() {
  const bytes = hostCallSync('crypto.random', { __proto__: null, n: 16 }).data;
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Uint8ArrayPrototypeToHex(bytes);
  const part = (start, end) => StringPrototypeSlice(hex, start, end);
  return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`;
}

export function createObjectURL(object) {
  const content = blobContent(object);
  if (content === null) throw new TypeError('URL.createObjectURL: the object is not a Blob.');
  // The origin of a function is opaque, unless it has said where it is.
  const url = `blob:${baseOrigin() ?? 'null'}/${randomUUID()}`;
  store().set(url, content);
  return url;
}

export function revokeObjectURL(url) {
  store().delete(toUSVString(url));
}

/** The content of the blob that a URL stands for, null without one. */
export function resolveObjectURL(url) {
  const fragment = StringPrototypeIndexOf(url, '#');
  return store().get(fragment < 0 ? url : StringPrototypeSlice(url, 0, fragment)) ?? null;
}
