// The errors that the runtime itself raises, and how any thrown value is described without trusting it.

import {
  Error, ErrorCaptureStackTrace, MathMax, ReflectGet, RegExpPrototypeSymbolReplace, String, StringPrototypeIncludes, StringPrototypeIndexOf, StringPrototypeSlice,
  StringPrototypeSplit, ArrayPrototypeFilter, ArrayPrototypeJoin, TypeError,
} from './primordials.js';

const MAX_TEXT = 16384;

/** The function's answer is not a response. */
export class BadResponse extends TypeError {
  name = 'BadResponse';
}

/** The package exports nothing that can be called. */
export class BadFunction extends TypeError {
  name = 'BadFunction';
}

/** What a host call failed with; `code` is set when the host names one. */
export function hostError(failure, classes) {
  const Class = classes[failure.name];
  const error = Class === undefined ? new Error(failure.message) : Class(failure.message);
  if (failure.code) error.code = failure.code;
  ErrorCaptureStackTrace(error, hostError);
  return error;
}

function read(value, key) {
  try {
    const found = ReflectGet(value, key);
    return typeof found === 'string' ? StringPrototypeSlice(found, 0, MAX_TEXT) : '';
  } catch {
    return '';
  }
}

// A module is compiled behind a wrapper on its first line; columns there are the module's own again.
export const WRAPPER = '(function (exports, require, module, __filename, __dirname, $importMeta, __edge_import) { ';
const FIRST_LINE = /(\/app\/[^\s:)]+:1:)(\d+)/g;

function ownColumns(stack) {
  return RegExpPrototypeSymbolReplace(FIRST_LINE, stack, (_, place, column) => `${place}${MathMax(1, column - WRAPPER.length)}`);
}

function withoutRuntimeFrames(stack) {
  const kept = ArrayPrototypeFilter(StringPrototypeSplit(stack, '\n'), (line) => !StringPrototypeIncludes(line, 'edge:runtime'));
  return ownColumns(ArrayPrototypeJoin(kept, '\n'));
}

// Names that code brings from elsewhere.  They are not defined rather than defined to throw: libraries look for them to find
// out where they run.
function hintFor(message) {
  const hints = {
    __proto__: null,
    'Deno is not defined': 'this is not Deno; instead of Deno.serve(handler) write: export default { fetch: handler }; environment variables are in process.env',
    'Bun is not defined': 'this is not Bun; instead of Bun.serve({ fetch }) write: export default { fetch }',
    'caches is not defined': 'the Cache API is not in this version of edge; kv keeps values',
    'HTMLRewriter is not defined': 'HTMLRewriter is not in this version of edge',
    'WebSocketPair is not defined': 'WebSockets are not served in this version of edge',
  };
  return hints[message] === undefined ? '' : ` (${hints[message]})`;
}

function withHint(stack, message, hint) {
  const at = StringPrototypeIndexOf(stack, message);
  return at < 0 ? stack : `${StringPrototypeSlice(stack, 0, at + message.length)}${hint}${StringPrototypeSlice(stack, at + message.length)}`;
}

/** `{name, message, stack}` of anything that can be thrown, as short plain strings. */
export function describe(thrown) {
  if (typeof thrown === 'object' && thrown !== null) {
    const stack = withoutRuntimeFrames(read(thrown, 'stack'));
    const message = read(thrown, 'message');
    const name = read(thrown, 'name') || 'Error';
    const hint = name === 'ReferenceError' ? hintFor(message) : '';
    if (stack || message) return { __proto__: null, name, message: message + hint, stack: hint === '' ? stack : withHint(stack, message, hint) };
    return { __proto__: null, name, message: 'an object that is not an error was thrown', stack: '' };
  }
  if (typeof thrown === 'function') return { __proto__: null, name: 'Error', message: 'a function was thrown', stack: '' };
  return { __proto__: null, name: 'Error', message: `${typeof thrown} thrown: ${StringPrototypeSlice(String(thrown), 0, MAX_TEXT)}`, stack: '' };
}

/** First line of a message, for one-line reports. */
export function firstLine(text) {
  const end = StringPrototypeIndexOf(text, '\n');
  return end < 0 ? text : StringPrototypeSlice(text, 0, end);
}
