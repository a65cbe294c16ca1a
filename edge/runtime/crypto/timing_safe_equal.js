// crypto.subtle.timingSafeEqual: https://developers.cloudflare.com/workers/runtime-apis/web-crypto/#timingsafeequal

import { TypeError, TypedArrayPrototypeGetLength } from '../bootstrap/primordials.js';
import { requireArguments, viewOf } from '../webidl/index.js';

function bytesOf(value) {
  const bytes = viewOf(value);
  if (bytes === null) throw new TypeError('crypto.subtle.timingSafeEqual: an argument is not an ArrayBuffer nor a view on one');
  return bytes;
}

/** Whether two buffers hold the same bytes, in a time that does not tell where they differ. */
export function timingSafeEqual(a, b) {
  requireArguments(arguments.length, 2, 'crypto.subtle.timingSafeEqual');
  const left = bytesOf(a);
  const right = bytesOf(b);
  const length = TypedArrayPrototypeGetLength(left);
  if (length !== TypedArrayPrototypeGetLength(right)) throw new TypeError('crypto.subtle.timingSafeEqual: the buffers have different lengths');
  let difference = 0;
  for (let i = 0; i < length; i++) difference |= left[i] ^ right[i];
  return difference === 0;
}
