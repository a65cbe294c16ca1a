// The errors that the runtime itself raises, and how any thrown value is described without trusting it.

import {
  ArrayPrototypeFilter, ArrayPrototypeJoin, Error, ErrorCaptureStackTrace, ReflectGet, ReflectGetOwnPropertyDescriptor, ReflectOwnKeys, String,
  StringPrototypeIncludes, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeSplit, TypeError,
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

// Where the function has a `prepareStackTrace` of its own, there may be some.
function withoutRuntimeFrames(stack) {
  if (!StringPrototypeIncludes(stack, 'edge:runtime')) return stack;
  return ArrayPrototypeJoin(ArrayPrototypeFilter(StringPrototypeSplit(stack, '\n'), (line) => !StringPrototypeIncludes(line, 'edge:runtime')), '\n');
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

const SHOWN = { __proto__: null, stack: true, message: true, name: true };

// Whether an error has something to show beside its stack: a cause, errors, properties.
function hasMore(error) {
  const keys = ReflectOwnKeys(error);
  for (let i = 0; i < keys.length; i++) {
    if (keys[i] === 'cause' || keys[i] === 'errors') return true;
    if (typeof keys[i] === 'string' && !SHOWN[keys[i]] && ReflectGetOwnPropertyDescriptor(error, keys[i])?.enumerable) return true;
  }
  return false;
}

// Looks at values, but calls nothing of theirs.
function inspected(value) {
  const text = import('../console/inspect/index.js').inspectWithin(MAX_TEXT, value, { customInspect: false, depth: 4 });
  return StringPrototypeSlice(text, 0, MAX_TEXT);
}

function stackOf(error) {
  const stack = withoutRuntimeFrames(read(error, 'stack'));
  try {
    return stack !== '' && hasMore(error) ? inspected(error) : stack;
  } catch {
    return stack;
  }
}

function describeOther(value) {
  if (value === null) return 'null was thrown';
  if (value === undefined) return 'undefined was thrown';
  if (typeof value === 'function') return 'a function was thrown';
  if (typeof value !== 'object') return `${typeof value} thrown: ${StringPrototypeSlice(String(value), 0, MAX_TEXT)}`;
  const what = 'an object that is not an error was thrown';
  try {
    return `${what}: ${inspected(value)}`;
  } catch {
    return what;
  }
}

/** `{name, message, stack}` of anything that can be thrown, as short plain strings. */
export function describe(thrown) {
  if (typeof thrown === 'object' && thrown !== null) {
    const stack = stackOf(thrown);
    const message = read(thrown, 'message');
    const name = read(thrown, 'name') || 'Error';
    const hint = name === 'ReferenceError' ? hintFor(message) : '';
    if (stack || message) return { __proto__: null, name, message: message + hint, stack: hint === '' ? stack : withHint(stack, message, hint) };
  }
  return { __proto__: null, name: 'Error', message: describeOther(thrown), stack: '' };
}

/** First line of a message, for one-line reports. */
export function firstLine(text) {
  const end = StringPrototypeIndexOf(text, '\n');
  return end < 0 ? text : StringPrototypeSlice(text, 0, end);
}
