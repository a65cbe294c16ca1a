// Joining bytes.

import { TypedArrayPrototypeGetLength, TypedArrayPrototypeSet, Uint8Array } from './primordials.js';

/** All chunks, one after the other, as one Uint8Array. */
export function concatenate(chunks) {
  let total = 0;
  for (let i = 0; i < chunks.length; i++) total += TypedArrayPrototypeGetLength(chunks[i]);
  const whole = new Uint8Array(total);
  let at = 0;
  for (let i = 0; i < chunks.length; i++) {
    TypedArrayPrototypeSet(whole, chunks[i], at);
    at += TypedArrayPrototypeGetLength(chunks[i]);
  }
  return whole;
}
