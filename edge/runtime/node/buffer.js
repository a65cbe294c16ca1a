// node:buffer: https://nodejs.org/api/buffer.html

import { ArrayBufferPrototypeGetDetached, Error, RegExpPrototypeExec, Uint8Array } from '../bootstrap/primordials.js';
import { NOT_ASCII, decodeUtf8, latin1Of } from '../encoding/utf8.js';
import { Buffer, bufferOver, MAX_LENGTH, MAX_STRING_LENGTH, settings } from './internal/buffer/class.js';
import { encodingName } from './internal/buffer/encodings.js';
import { coded, invalidArgType, validateNumber } from './internal/errors.js';
import { isAnyArrayBuffer, isArrayBuffer, isArrayBufferView } from './internal/types.js';

function isDetached(input) {
  const memory = isArrayBufferView(input) ? input.buffer : input;
  return isArrayBuffer(memory) && ArrayBufferPrototypeGetDetached(memory);
}

function bytesOf(input) {
  if (isDetached(input)) throw coded(Error, 'ERR_INVALID_STATE', 'Invalid state: Cannot validate on a detached buffer');
  if (isAnyArrayBuffer(input)) return new Uint8Array(input);
  if (isArrayBufferView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  throw invalidArgType('input', ['ArrayBuffer', 'Buffer', 'TypedArray'], input);
}

function isUtf8(input) {
  try {
    decodeUtf8(bytesOf(input), true);
    return true;
  } catch (error) {
    if (error.code !== undefined) throw error;
    return false;
  }
}

const TRANSCODABLE = { __proto__: null, utf8: true, utf16le: true, latin1: true, ascii: true };

function transcode(source, from, to) {
  if (!isArrayBufferView(source)) throw invalidArgType('source', ['Buffer', 'Uint8Array'], source);
  const before = encodingName(from);
  const after = encodingName(to);
  if (!TRANSCODABLE[before] || !TRANSCODABLE[after]) throw coded(Error, 'U_ILLEGAL_ARGUMENT_ERROR', 'Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]');
  const text = bufferOver(bytesOf(source)).toString(before);
  const limit = after === 'latin1' ? /[^\u0000-\u00ff]/gu : after === 'ascii' ? /[^\u0000-\u007f]/gu : null;
  return Buffer.from(limit === null ? text : text.replace(limit, '?'), after);
}

export default {
  Buffer,
  SlowBuffer: Buffer.allocUnsafeSlow,
  isUtf8,
  isAscii: (input) => {
    const bytes = bytesOf(input);
    return bytes.length === 0 || RegExpPrototypeExec(NOT_ASCII, latin1Of(bytes)) === null;
  },
  transcode,
  kMaxLength: MAX_LENGTH,
  kStringMaxLength: MAX_STRING_LENGTH,
  constants: { MAX_LENGTH, MAX_STRING_LENGTH },
  get INSPECT_MAX_BYTES() {
    return settings.inspectMaxBytes;
  },
  set INSPECT_MAX_BYTES(count) {
    validateNumber(count, 'INSPECT_MAX_BYTES', 0);
    settings.inspectMaxBytes = count;
  },
  get Blob() {
    return globalThis.Blob;
  },
  get File() {
    return globalThis.File;
  },
  resolveObjectURL(url) {
    const content = import('../blob/object_urls.js').resolveObjectURL(`${url}`);
    return content === null ? undefined : import('../blob/index.js').createBlobOf(content);
  },
  get atob() {
    return globalThis.atob;
  },
  get btoa() {
    return globalThis.btoa;
  },
};
