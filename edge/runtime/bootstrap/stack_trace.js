// What `error.stack` says.  V8 asks when a stack is read first, so that an error whose stack nobody reads costs nothing.

import { Error, ErrorPrototypeToString, ObjectDefineProperty, ObjectGetPrototypeOf, ReflectGetOwnPropertyDescriptor } from './primordials.js';
import { isBuilding } from './state.js';

const DEFAULT_LIMIT = 10;

// V8 captures no stack while a snapshot is built, unless it is told how much of one; afterwards the limit must be as it was.
function captureCallSite() {
  const limit = ReflectGetOwnPropertyDescriptor(Error, 'stackTraceLimit');
  Error.stackTraceLimit = 1;
  Error.prepareStackTrace = (_, sites) => sites;
  const sites = new Error().stack;
  delete Error.prepareStackTrace;
  delete Error.stackTraceLimit;
  if (limit !== undefined) ObjectDefineProperty(Error, 'stackTraceLimit', limit);
  const { getColumnNumber, getLineNumber, getScriptNameOrSourceURL, getTypeName, toString } = ObjectGetPrototypeOf(sites[0]);
  return { __proto__: null, getColumnNumber, getLineNumber, getScriptNameOrSourceURL, getTypeName, toString };
}

/** Methods of V8's call sites: https://v8.dev/docs/stack-trace-api */
export const callSite = captureCallSite();

/** The first lines of a stack: what the error calls itself. */
export function headOf(error) {
  try {
    return ErrorPrototypeToString(error);
  } catch {
    return 'Error';
  }
}

/** A script may put another one in its place, as Node's documentation says. */
function prepareStackTrace(error, sites) {
  try {
    return import('../source_map/frames.js').formatStack(error, sites);
  } catch {
    return headOf(error);
  }
}

// What the package has made of `Error.stackTraceLimit` at its top level: V8 sets it anew when an isolate starts.
let chosenLimit = DEFAULT_LIMIT;

/**
 * A limit that can be read and set while a package is built.  V8 looks for a plain property, finds none, and captures no stacks:
 * a snapshot cannot hold them.
 */
export function startStackTraceLimit() {
  ObjectDefineProperty(Error, 'stackTraceLimit', {
    __proto__: null,
    get() { return chosenLimit; },
    set(value) { chosenLimit = value; },
    enumerable: true,
    configurable: true,
  });
}

/** In the snapshot it must not be. */
export function endStackTraceLimit() {
  delete Error.stackTraceLimit;
}

function restoreStackTraceLimit() {
  if (chosenLimit !== DEFAULT_LIMIT) Error.stackTraceLimit = chosenLimit;
}

/**
 * Have stacks show positions of the package's sources, and none of the runtime, unless the package sees to them itself.  To be
 * called when an isolate starts: in a snapshot, this way from a builtin to all of the runtime makes V8 write array buffers of the
 * package in an order in which it cannot read them.
 */
export function installStackTraces() {
  if (isBuilding()) return;
  restoreStackTraceLimit();
  const own = ReflectGetOwnPropertyDescriptor(Error, 'prepareStackTrace');
  if (own !== undefined && (own.value !== undefined || !own.configurable || own.get !== undefined)) return;
  ObjectDefineProperty(Error, 'prepareStackTrace', { __proto__: null, value: prepareStackTrace, writable: true, enumerable: false, configurable: true });
}
