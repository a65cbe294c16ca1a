// Files that are written piece by piece, as an iterable gives them: https://nodejs.org/api/fs.html#fspromiseswritefilefile-data-options

import { Promise, SymbolAsyncIterator, SymbolIterator } from '../../../bootstrap/primordials.js';
import { queueTask } from '../../../bootstrap/tasks.js';
import { abortError } from '../errors.js';
import { isArrayBufferView } from '../types.js';
import { withPromise } from './deferred.js';
import { close, open, write } from './files.js';
import { optionsOf, toBytes } from './options.js';

/** Whether it is an iterable, and neither text nor bytes. */
export const isPieces = (data) => typeof data === 'object' && data !== null && !isArrayBufferView(data) && (typeof data[SymbolAsyncIterator] === 'function' || typeof data[SymbolIterator] === 'function');

/** Writes all pieces into the file of a path, a number, or a FileHandle. */
export async function writePieces(path, data, options, flag) {
  const given = optionsOf(options, { encoding: 'utf8', mode: 0o666, flag });
  const number = typeof path === 'number' ? path : path?.fd;
  const fd = typeof number === 'number' ? number : await withPromise(open)(path, given.flag, given.mode);
  try {
    await new Promise((resolve) => queueTask(resolve));
    // eslint-disable-next-line no-restricted-syntax -- whatever the function gives
    for await (const piece of data) {
      if (given.signal?.aborted) throw abortError(given.signal);
      const bytes = toBytes(piece, given.encoding);
      if (bytes.length > 0) write(fd, bytes, 0, bytes.length, null);
    }
    if (given.signal?.aborted) throw abortError(given.signal);
  } finally {
    if (fd !== number) close(fd);
  }
}
