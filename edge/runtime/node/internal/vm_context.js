// Contexts of node:vm: each is a context of V8 with builtins of its own, and the object that it is made of is what its
// globals are.
//
// In Node an interceptor answers for every name of the global object.  Here the object's own properties are accessors of the
// global object that read and write them; behind it stands a proxy for what is not there yet; and what a script has
// declared, which V8 puts on the global object itself, is brought over when the script ends, and back before the next.

import {
  ObjectDefineProperty, ObjectGetPrototypeOf, ObjectIs, Proxy, ReflectDefineProperty, ReflectDeleteProperty, ReflectGet, ReflectGetOwnPropertyDescriptor, ReflectHas,
  ReflectOwnKeys, ReflectSet, ReflectSetPrototypeOf, SafeMap, SafeSet, SafeWeakMap,
} from '../../bootstrap/primordials.js';
import { hostCallSync, isBuilding } from '../../bootstrap/host.js';
import { evalError, isEvalForbidden } from '../../bootstrap/no_eval.js';
import { extrasBinding } from '../../bootstrap/extras.js';
import { unsupported } from './errors.js';
import { compileScript, keepPlaces, newContext, runScript } from '../../bootstrap/scripts.js';

let states = null;
let standard = null;
let compiled = null;

// What every realm has (but Temporal, which V8 makes when it is asked for first, in the function's own realm).  The rest is the function's own, and not for contexts, as in Node.
const names = () => new SafeSet([
  'AggregateError', 'Array', 'ArrayBuffer', 'AsyncDisposableStack', 'Atomics', 'BigInt', 'BigInt64Array', 'BigUint64Array', 'Boolean', 'DataView', 'Date', 'DisposableStack', 'Error', 'EvalError',
  'FinalizationRegistry', 'Float16Array', 'Float32Array', 'Float64Array', 'Function', 'Infinity', 'Int16Array', 'Int32Array', 'Int8Array', 'Intl', 'Iterator', 'JSON', 'Map', 'Math', 'NaN', 'Number',
  'Object', 'Promise', 'Proxy', 'RangeError', 'ReferenceError', 'Reflect', 'RegExp', 'Set', 'SharedArrayBuffer', 'String', 'SuppressedError', 'Symbol', 'SyntaxError', 'TypeError', 'URIError',
  'Uint16Array', 'Uint32Array', 'Uint8Array', 'Uint8ClampedArray', 'WeakMap', 'WeakRef', 'WeakSet', 'WebAssembly', 'decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'eval',
  'globalThis', 'isFinite', 'isNaN', 'parseFloat', 'parseInt', 'undefined', 'unescape',
]);

/** Carries out an operation of the host's on scripts. */
export function ask(op, args, data) {
  if (isEvalForbidden()) throw evalError();
  const binding = extrasBinding();
  if (binding === undefined && !isBuilding()) throw unsupported('vm', 'this build of V8 does not offer scripts');
  keepPlaces(binding);
  return hostCallSync(op, args, data);
}

export const isMade = (object) => states !== null && states.has(object);

/** Makes a context of an object, once; of null one whose global object is ordinary, which is returned. */
export function make(object, { strings = true, wasm = true } = {}) {
  if (object !== null && isMade(object)) return object;
  states ??= new SafeWeakMap();
  standard ??= names();
  const global = newContext(ask, strings);
  clean(global, wasm);
  const state = { __proto__: null, global, object, builtins: new SafeMap(), mirrored: new SafeMap(), seen: new SafeMap(), accessor: null };
  if (object === null) {
    states.set(global, state);
    return global;
  }
  state.accessor = accessorsOf(state);
  const kept = ReflectOwnKeys(global);
  for (let i = 0; i < kept.length; i++) state.builtins.set(kept[i], ReflectGetOwnPropertyDescriptor(global, kept[i]));
  ReflectSetPrototypeOf(global, behind(state, ObjectGetPrototypeOf(global)));
  states.set(object, state);
  return object;
}

// A context begins as the function's own realm did: what is not of the language goes.
function clean(global, wasm) {
  const keys = ReflectOwnKeys(global);
  for (let i = 0; i < keys.length; i++) {
    if (!standard.has(keys[i]) || (keys[i] === 'WebAssembly' && !wasm)) ReflectDeleteProperty(global, keys[i]);
  }
}

// Functions of the context itself stand between it and those of this realm.
const ACCESSORS = `(function (read, write) {
  'use strict';
  return (name) => ({ __proto__: null, get() { return read(name); }, set(value) { write(name, value); }, enumerable: true, configurable: true });
})`;

function accessorsOf({ global, object }) {
  compiled ??= compileScript(ask, ACCESSORS, { name: 'edge:runtime' }).script;
  const make_ = runScript(ask, compiled, { global });
  return make_((name) => shown(global, object, name), (name, value) => { ReflectSet(object, name, value); });
}

// The object is the global object, seen from inside.
function shown(global, object, name) {
  const value = ReflectGet(object, name);
  return value === object ? global : value;
}

// Where a chain of prototypes of this realm ends: what is behind it is not the object's own.
const roots = [ObjectGetPrototypeOf({}), ObjectGetPrototypeOf(() => {})];

// Whether the object has a name by itself or by classes of its own.
function holds(object, name) {
  for (let one = object; one !== null && one !== roots[0] && one !== roots[1]; one = ObjectGetPrototypeOf(one)) {
    if (ReflectGetOwnPropertyDescriptor(one, name) !== undefined) return true;
  }
  return false;
}

function behind(state, prototype) {
  const { object } = state;
  return new Proxy(prototype, {
    __proto__: null,
    has: (target, name) => holds(object, name) || ReflectHas(target, name),
    get: (target, name, receiver) => (holds(object, name) ? shown(state.global, object, name) : ReflectGet(target, name, receiver)),
    set(target, name, value, receiver) {
      if (receiver !== state.global) return ReflectSet(target, name, value, receiver);
      if (!ReflectSet(object, name, value)) return false;
      mirror(state, name);
      return true;
    },
    setPrototypeOf: () => false,
  });
}

function ownOf(object, name) {
  try {
    return ReflectGetOwnPropertyDescriptor(object, name);
  } catch {
    return undefined; // a proxy's
  }
}

/** Lets the global object show a property of the object. */
function mirror(state, name) {
  const current = ReflectGetOwnPropertyDescriptor(state.global, name);
  if (current !== undefined && !current.configurable) return false;
  const own = ownOf(state.object, name);
  if (own !== undefined && own.writable === false && !own.configurable) {
    // It can never change.
    state.seen.set(name, own.value);
    return ReflectDefineProperty(state.global, name, own);
  }
  const descriptor = state.accessor(name);
  descriptor.enumerable = own?.enumerable ?? true;
  if (!ReflectDefineProperty(state.global, name, descriptor)) return false;
  state.mirrored.set(name, descriptor.get);
  return true;
}

/** Before a script: what has become of the object since the last one. */
function bringIn(state) {
  const { object, global, mirrored, builtins, seen } = state;
  const own = ReflectOwnKeys(object);
  const there = new SafeSet();
  for (let i = 0; i < own.length; i++) {
    there.add(own[i]);
    if (mirrored.has(own[i]) || mirror(state, own[i])) continue;
    const declared = ReflectGetOwnPropertyDescriptor(global, own[i]);
    if (declared !== undefined && !('value' in declared)) continue;
    const value = ReflectGet(object, own[i]);
    if (!seen.has(own[i]) || !ObjectIs(seen.get(own[i]), value)) ReflectSet(global, own[i], value);
  }
  mirrored.forEach((_, name) => {
    if (there.has(name)) return;
    mirrored.delete(name);
    ReflectDeleteProperty(global, name);
    const builtin = builtins.get(name);
    if (builtin !== undefined) ObjectDefineProperty(global, name, { __proto__: null, ...builtin });
  });
}

/** After it: what it has declared, changed and deleted. */
function sendOut(state) {
  const { object, global, mirrored, builtins, seen } = state;
  const there = new SafeSet();
  const own = ReflectOwnKeys(global);
  for (let i = 0; i < own.length; i++) {
    const name = own[i];
    there.add(name);
    const descriptor = ReflectGetOwnPropertyDescriptor(global, name);
    if (mirrored.has(name)) {
      if (descriptor.get === mirrored.get(name)) continue;
      mirrored.delete(name);
    } else if (builtins.has(name) && same(builtins.get(name), descriptor)) continue;
    take(state, name, descriptor);
  }
  mirrored.forEach((_, name) => {
    if (there.has(name)) return;
    mirrored.delete(name);
    ReflectDeleteProperty(object, name);
  });
  seen.forEach((_, name) => { if (!there.has(name)) seen.delete(name); });
}

const same = (one, other) => ObjectIs(one.value, other.value) && one.get === other.get;

function take(state, name, descriptor) {
  const { object, seen } = state;
  if ('value' in descriptor) {
    if (seen.has(name) && ObjectIs(seen.get(name), descriptor.value)) return;
    if (!ReflectSet(object, name, descriptor.value)) return;
    seen.set(name, descriptor.value);
  } else ReflectDefineProperty(object, name, { __proto__: null, ...descriptor, configurable: true });
  if (descriptor.configurable) {
    seen.delete(name);
    mirror(state, name);
  }
}

/** The value of a compiled script in the context of an object, or in the function's own. */
export function runIn(object, script, timeout) {
  if (object === null) return runScript(ask, script, { timeout });
  const state = states.get(object);
  if (state.object === null) return runScript(ask, script, { timeout, global: state.global });
  bringIn(state);
  try {
    return runScript(ask, script, { timeout, global: state.global });
  } finally {
    sendOut(state);
  }
}
