// Bodies that were compressed for the way: https://www.rfc-editor.org/rfc/rfc9110#section-8.4.  Loaded when one comes.

import { loadBuiltin } from '../../bootstrap/modules.js';
import { StringPrototypeToLowerCase, StringPrototypeTrim } from '../../bootstrap/primordials.js';
import { httpError } from './errors.js';

const MAX_SIZE = 10485760;
const UNPACK = { __proto__: null, gzip: 'gunzipSync', 'x-gzip': 'gunzipSync', deflate: 'inflateSync', br: 'brotliDecompressSync' };

/** The bytes as they were before; throws an error with status 400, 413 or 415. */
export function inflate(bytes, encoding) {
  const name = UNPACK[StringPrototypeToLowerCase(StringPrototypeTrim(encoding))];
  if (name === undefined) throw httpError(415, `unsupported content encoding "${encoding}"; send the body as it is, or as gzip, deflate or br`);
  try {
    return loadBuiltin('zlib')[name](bytes, { maxOutputLength: MAX_SIZE });
  } catch (error) {
    if (error.code === 'ERR_BUFFER_TOO_LARGE') throw httpError(413, `the request's body is larger than ${MAX_SIZE} bytes when it is unpacked`);
    throw httpError(400, `the request's body is not ${encoding}: ${error.message}`);
  }
}
