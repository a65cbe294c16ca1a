// process.stdout and process.stderr: their lines are lines of the function's log.  https://nodejs.org/api/process.html#processstdout

import { ObjectAssign, StringPrototypeLastIndexOf, StringPrototypeSlice, TypeError } from '../../../bootstrap/primordials.js';
import { invocationLocal } from '../../../bootstrap/invocation_local.js';
import { loadBuiltin } from '../../../bootstrap/modules.js';
import { log } from '../../../console/index.js';
import { decodeUtf8 } from '../../../encoding/utf8.js';
import { queueMicrotask } from '../../../events/index.js';
import { EventEmitter } from '../emitter.js';
import { coded, invalidArgType } from '../errors.js';
import { isArrayBufferView } from '../types.js';

/** A stream whose lines are lines of the function's log. */
export function createOutput(level, fd) {
  const lineOf = invocationLocal(() => ({ __proto__: null, rest: '' }));
  const flush = () => {
    const line = lineOf();
    if (line.rest !== '') log(level, line.rest);
    line.rest = '';
  };
  const output = new EventEmitter();
  output.write = (chunk, encoding, callback) => {
    if (chunk === null) throw coded(TypeError, 'ERR_STREAM_NULL_VALUES', 'May not write null values to stream');
    if (typeof chunk !== 'string' && !isArrayBufferView(chunk)) throw invalidArgType('chunk', ['string', 'Buffer', 'TypedArray', 'DataView'], chunk);
    const line = lineOf();
    line.rest += typeof chunk === 'string' ? textOf(chunk, encoding) : decodeUtf8(chunk);
    const end = StringPrototypeLastIndexOf(line.rest, '\n');
    if (end >= 0) {
      log(level, StringPrototypeSlice(line.rest, 0, end));
      line.rest = StringPrototypeSlice(line.rest, end + 1);
    }
    // What has no line end yet is a line when the current work is over.
    if (line.rest !== '') queueMicrotask(flush);
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') queueMicrotask(done);
    return true;
  };
  output.end = (chunk, encoding, callback) => {
    if (chunk !== undefined && chunk !== null && typeof chunk !== 'function') output.write(chunk, encoding);
    flush();
    const done = typeof chunk === 'function' ? chunk : typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') queueMicrotask(done);
    return output;
  };
  const inert = () => output;
  return ObjectAssign(output, {
    fd, isTTY: false, writable: true, writableEnded: false, writableFinished: false, writableLength: 0, writableHighWaterMark: 16384, writableNeedDrain: false, destroyed: false, columns: 80, _type: 'pipe',
    _isStdio: true, cork: inert, uncork: inert, destroy: inert, destroySoon: inert, setDefaultEncoding: inert,
  });
}

// A text in another encoding than UTF-8 is written as the bytes that it stands for.
function textOf(chunk, encoding) {
  return typeof encoding !== 'string' || encoding === 'utf8' || encoding === 'utf-8' ? chunk : decodeUtf8(loadBuiltin('buffer').Buffer.from(chunk, encoding));
}
