// Control sequences of terminals: https://nodejs.org/api/readline.html#readlineclearlinestream-dir-callback

import { NumberIsNaN, TypeError } from '../../../bootstrap/primordials.js';
import { queueMicrotask } from '../../../events/index.js';
import { coded, invalidArgValue, validateFunction } from '../errors.js';

const CSI = '\u001b[';

function send(stream, text, callback) {
  if (callback !== undefined) validateFunction(callback, 'callback');
  if (stream === null || stream === undefined || text === '') {
    if (callback !== undefined) queueMicrotask(() => callback(null));
    return true;
  }
  return stream.write(text, callback);
}

const lineText = (dir) => (dir < 0 ? `${CSI}1K` : dir > 0 ? `${CSI}0K` : `${CSI}2K`);

function positionText(x, y) {
  if (typeof x === 'number' && NumberIsNaN(x)) throw invalidArgValue('x', x);
  if (typeof y === 'number' && NumberIsNaN(y)) throw invalidArgValue('y', y);
  if (typeof x !== 'number' && typeof y !== 'number') return '';
  if (typeof x !== 'number') throw coded(TypeError, 'ERR_INVALID_CURSOR_POS', 'Cannot set cursor row without setting its column');
  return typeof y === 'number' ? `${CSI}${y + 1};${x + 1}H` : `${CSI}${x + 1}G`;
}

const step = (count, more, less) => (count < 0 ? `${CSI}${-count}${less}` : count > 0 ? `${CSI}${count}${more}` : '');
const moveText = (dx, dy) => step(dx, 'C', 'D') + step(dy, 'B', 'A');

export const clearLine = (stream, dir, callback) => send(stream, lineText(dir), callback);
export const clearScreenDown = (stream, callback) => send(stream, `${CSI}0J`, callback);
export const moveCursor = (stream, dx, dy, callback) => send(stream, moveText(dx, dy), callback);

export function cursorTo(stream, x, y, callback) {
  const done = typeof y === 'function' ? y : callback;
  if (done !== undefined) validateFunction(done, 'callback');
  return send(stream, positionText(x, typeof y === 'function' ? undefined : y), done);
}

export { lineText, moveText, positionText };
