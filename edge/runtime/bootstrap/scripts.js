// Scripts and contexts of V8's own API, which the host reaches (edge/engine/scripts.py has the operations).  Values go between
// V8 and this file by places in V8's extras binding, which nobody else knows.

import { Error, ObjectDefineProperty, TypedArrayPrototypeGetLength } from './primordials.js';
import { encodeUtf8 } from './utf8.js';

const RESULT = 1;
const SUBJECT = 2;

let binding;

export function keepPlaces(extras) {
  binding = extras;
}

function define(place, value) {
  ObjectDefineProperty(binding, place, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

/** Whether this build of V8 has given its binding. */
export const hasPlaces = () => binding !== undefined;

// An own property, always: V8 has just put it there.
function take() {
  const value = binding[RESULT];
  define(RESULT, undefined);
  return value;
}

const expired = (milliseconds) => {
  const error = new Error(`Script execution timed out after ${milliseconds}ms`);
  error.code = 'ERR_SCRIPT_EXECUTION_TIMEOUT';
  return error;
};

/**
 * Compiles text as a script: `{script, rejected}`.  Throws what V8 throws.
 * `ask(op, args, data)` carries an operation out; `cached`: bytes of a code cache, or 'host' for one that the host holds.
 */
export function compileScript(ask, code, { name, line = 0, column = 0, cached, eager = false }) {
  const source = encodeUtf8(code);
  const args = { __proto__: null, name, line, column, source: TypedArrayPrototypeGetLength(source), eager };
  if (cached !== undefined) args.cached = cached === 'host' ? 'host' : 'data';
  const { value } = ask('script.compile', args, cached === undefined || cached === 'host' ? source : [source, cached]);
  if (value.thrown) throw located(take(), name, value);
  return value;
}

// What is no script has no frame of its own in the stack: it says where it is in front, as Node does.
function located(error, name, { line: at, column }) {
  if (at === undefined || typeof error !== 'object' || error === null) return error;
  const stack = error.stack;
  ObjectDefineProperty(error, 'stack', { __proto__: null, value: `${name}:${at}:${column}\n${stack}`, writable: true, enumerable: false, configurable: true });
  return error;
}

/** The value that a script leaves; `global` is the global object of the context that it runs in, undefined for this one. */
export function runScript(ask, script, { timeout = 0, global }) {
  if (global !== undefined) define(SUBJECT, global);
  const { value } = ask('script.run', { __proto__: null, script, timeout, context: global !== undefined });
  if (global !== undefined) define(SUBJECT, undefined);
  if (value.thrown) throw take();
  if (value.timeout) throw expired(timeout);
  return take();
}

/** What V8 has made of a script, sealed. */
export const cacheOfScript = (ask, script) => ask('script.cache', { __proto__: null, script }).data;

export function dropScript(ask, script) {
  ask('script.drop', { __proto__: null, script });
}

/** The global object of a new context; `strings`: whether it may make code of text. */
export function newContext(ask, strings) {
  const { value } = ask('context.new', { __proto__: null, strings });
  if (value.thrown) throw take();
  return take();
}
