// Bytes as the functions of node:crypto take and give them.

import { Uint8Array } from '../../../bootstrap/primordials.js';
import { Buffer, bufferOver } from '../buffer/class.js';
import { invalidArgType, invalidArgValue } from '../errors.js';
import { isAnyArrayBuffer, isArrayBufferView } from '../types.js';

const KINDS = ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];

/** A view of the bytes of a buffer; undefined for everything else. */
export function viewOf(data) {
  if (isAnyArrayBuffer(data)) return new Uint8Array(data);
  if (isArrayBufferView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return undefined;
}

/** The bytes of a string in an encoding, or of a buffer; throws for everything else. */
export function bytesOf(data, encoding, name, kinds = KINDS) {
  if (typeof data === 'string') return Buffer.from(data, encoding === 'buffer' || encoding === undefined || encoding === null ? 'utf8' : encoding);
  const view = viewOf(data);
  if (view === undefined) throw invalidArgType(name, kinds, data);
  return view;
}

/** What `update` takes: text must be whole, too. */
export function updateOf(data, encoding) {
  if (typeof data === 'string' && (encoding === 'hex' || encoding === 'HEX') && data.length % 2 !== 0) {
    throw invalidArgValue('encoding', encoding, `is invalid for data of length ${data.length}`);
  }
  return bytesOf(data, encoding, 'data', ['string', 'Buffer', 'TypedArray', 'DataView']);
}

/** A Buffer, or text in an encoding. */
export function output(bytes, encoding) {
  const buffer = bufferOver(bytes);
  return encoding === undefined || encoding === null || encoding === 'buffer' ? buffer : buffer.toString(encoding);
}
