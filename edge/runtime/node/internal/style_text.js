// util.styleText: https://nodejs.org/api/util.html#utilstyletextformat-text-options

import { ArrayIsArray, ArrayPrototypeJoin, ObjectKeys, StringPrototypeEndsWith, StringPrototypeReplaceAll, StringPrototypeSlice } from '../../bootstrap/primordials.js';
import { COLORS } from '../../console/inspect/context.js';
import { invalidArgType, invalidArgValue, validateObject, validateString } from './errors.js';

const INTENSITY = 22; // ends both bold and dim
const BOOLEAN = 'boolean';

// Where a style within the text ends, that of the whole text goes on.
function nested(text, begin, end, code) {
  const tail = StringPrototypeEndsWith(text, end) ? end : '';
  const inner = StringPrototypeSlice(text, 0, text.length - tail.length);
  return StringPrototypeReplaceAll(inner, end, code === INTENSITY ? end + begin : begin) + tail;
}

const isStream = (stream) => typeof stream?.write === 'function' || typeof stream?.getReader === 'function' || typeof stream?.getWriter === 'function';

/** There is no terminal, so text gets no colours unless the options say that it is not for one. */
export function styleText(style, text, options = {}) {
  validateString(text, 'text');
  validateObject(options, 'options');
  const { validateStream = true, stream } = options;
  if (typeof validateStream !== BOOLEAN) throw invalidArgType('options.validateStream', BOOLEAN, validateStream);
  if (validateStream && stream !== undefined && !isStream(stream)) throw invalidArgType('stream', ['ReadableStream', 'WritableStream', 'Stream'], stream);
  const styles = ArrayIsArray(style) ? style : [style];
  let left = '';
  let right = '';
  let inner = text;
  for (let i = 0; i < styles.length; i++) {
    if (styles[i] === 'none') continue;
    const codes = COLORS[styles[i]];
    if (codes === undefined) throw invalidArgValue('format', styles[i], `must be one of: ${ArrayPrototypeJoin(ObjectKeys(COLORS), ', ')}`);
    const begin = `\u001b[${codes[0]}m`;
    const end = `\u001b[${codes[1]}m`;
    inner = nested(inner, begin, end, codes[1]);
    left += begin;
    right = end + right;
  }
  return validateStream ? text : left + inner + right;
}
