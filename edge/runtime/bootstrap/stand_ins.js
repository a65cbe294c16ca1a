// While a package is built: stand-ins for what V8 installs only when an isolate starts.
//
// Many packages only look whether such a thing is there (`typeof SuppressedError`), or take a method of it along for later
// (`WeakRef.prototype.deref`).  A stand-in says yes, is kept in the snapshot, and passes on to the real thing once an isolate has
// started.  To use it in any other way while the package is built drops the package one level.

import {
  ArrayPrototypePush, FunctionPrototypeBind, ObjectDefineProperty, Proxy, ReflectApply, ReflectConstruct, ReflectDefineProperty, ReflectDeleteProperty, ReflectGet, ReflectGetOwnPropertyDescriptor,
  ReflectGetPrototypeOf, ReflectHas, ReflectOwnKeys, ReflectSet, ReflectSetPrototypeOf, TypeError, lendLate,
} from './primordials.js';
import { fromBase64, fromHex, toBase64, toHex } from './base64_in_js.js';
import { endStackTraceLimit, startStackTraceLimit } from './stack_trace.js';
import { impure, isBuilding } from './state.js';

// V8 creates these only when an isolate starts, or cannot serialise what they make: [owner, name].
const NOT_IN_SNAPSHOTS = [
  ['', 'WebAssembly'], ['', 'SharedArrayBuffer'], ['', 'Temporal'], ['', 'Intl'], ['', 'FinalizationRegistry'], ['', 'WeakRef'],
  ['', 'Float16Array'], ['', 'SuppressedError'], ['', 'DisposableStack'], ['', 'AsyncDisposableStack'],
  ['Promise', 'try'], ['RegExp', 'escape'], ['Error', 'isError'], ['Math', 'f16round'], ['Atomics', 'pause'],
  ['Date.prototype', 'toTemporalInstant'], ['DataView.prototype', 'getFloat16'], ['DataView.prototype', 'setFloat16'],
  ['Uint8Array', 'fromBase64'], ['Uint8Array', 'fromHex'], ['Uint8Array.prototype', 'toBase64'], ['Uint8Array.prototype', 'toHex'],
  ['Uint8Array.prototype', 'setFromBase64'], ['Uint8Array.prototype', 'setFromHex'],
];

const NAMESPACES = { __proto__: null, Intl: true, Temporal: true, WebAssembly: true };

// What packages take along from prototypes: methods, and getters.
const MEMBERS = {
  __proto__: null,
  FinalizationRegistry: { __proto__: null, register: 'value', unregister: 'value' },
  SharedArrayBuffer: { __proto__: null, byteLength: 'get', slice: 'value' },
  WeakRef: { __proto__: null, deref: 'value' },
};

// What does the work of V8's while a package is built, and what the runtime calls it.
const LENT = {
  __proto__: null,
  fromBase64: { to: 'Uint8ArrayFromBase64', does: fromBase64 },
  fromHex: { to: 'Uint8ArrayFromHex', does: fromHex },
  toBase64: { to: 'Uint8ArrayPrototypeToBase64', does: toBase64 },
  toHex: { to: 'Uint8ArrayPrototypeToHex', does: toHex },
};

function unavailable(name) {
  impure(`${name}, which is not there while a snapshot is built`);
  return new TypeError(`${name} is not there while a snapshot is built`);
}

// A method in the place of the one that `find` finds; `lent` does its work while the package is built.
function methodFor(name, find, lent) {
  const { [name]: method } = {
    [name](...args) {
      if (!isBuilding()) return ReflectApply(find(), this, args);
      if (lent === undefined) throw unavailable(name);
      return ReflectApply(lent, this, args);
    },
  };
  return method;
}

function memberOf(name, key, find) {
  const field = MEMBERS[name]?.[key];
  if (field === undefined) return undefined;
  const method = methodFor(field === 'get' ? `get ${key}` : key, () => ReflectGetOwnPropertyDescriptor(find(), key)[field]);
  return field === 'get' ? { get: method, set: undefined, enumerable: false, configurable: true } : { value: method, writable: true, enumerable: false, configurable: true };
}

function prototypeFor(name, find) {
  const known = { __proto__: null };
  const describe = (key) => (known[key] ??= memberOf(name, key, find));
  return new Proxy({}, handlerFor(`${name}.prototype`, find, (key) => describe(key)?.value, describe));
}

// A stand-in for a global: a constructor, or a namespace.
function globalFor(name) {
  const find = () => globalThis[name];
  if (NAMESPACES[name]) return new Proxy({}, handlerFor(name, find));
  const prototype = prototypeFor(name, () => find().prototype);
  const known = { __proto__: null, name, prototype };
  return new Proxy(constructible(), handlerFor(name, find, (key) => known[key]));
}

// Without properties of its own, of which a proxy would have to tell.
function constructible() {
  const target = FunctionPrototypeBind(function () {}, undefined);
  delete target.name;
  delete target.length;
  return target;
}

const nothing = () => undefined;

/** `get` and `describe` answer what may be asked while the package is built. */
function handlerFor(name, find, get = nothing, describe = nothing) {
  const pass = (trap) => (target, a, b) => {
    if (isBuilding()) unavailable(name);
    return trap(isBuilding() ? target : find(), a, b);
  };
  const early = { get: pass(ReflectGet), describe: pass(ReflectGetOwnPropertyDescriptor) };
  return {
    __proto__: null,
    get: (target, key) => (isBuilding() ? get(key) : undefined) ?? early.get(target, key),
    getOwnPropertyDescriptor: (target, key) => configurable((isBuilding() ? describe(key) : undefined) ?? early.describe(target, key)),
    apply(target, self, args) {
      if (isBuilding()) throw unavailable(name);
      return ReflectApply(find(), self, args);
    },
    construct(target, args, newTarget) {
      if (isBuilding()) return constructed(name, get('prototype'));
      return ReflectConstruct(find(), args, isStandIn(newTarget, find) ? find() : newTarget);
    },
    getPrototypeOf: pass(ReflectGetPrototypeOf),
    setPrototypeOf: pass(ReflectSetPrototypeOf),
    has: pass(ReflectHas),
    ownKeys: pass(ReflectOwnKeys),
    set: (target, key, value) => pass(ReflectSet)(target, key, value),
    defineProperty: pass(ReflectDefineProperty),
    deleteProperty: pass(ReflectDeleteProperty),
  };
}

// A registry may as well never tell that something was collected; and SDKs make one at their top level.
function constructed(name, prototype) {
  if (name !== 'FinalizationRegistry') throw unavailable(name);
  return { __proto__: prototype, register() {}, unregister: () => false };
}

// A subclass has a prototype of its own.
function isStandIn(newTarget, find) {
  return newTarget.prototype === find().prototype;
}

// A proxy may not tell of others than configurable ones: its target has none.
function configurable(descriptor) {
  return descriptor === undefined ? undefined : { ...descriptor, configurable: true };
}

function standInFor(path, name, owner) {
  if (path === '') return globalFor(name);
  const lent = LENT[name]?.does;
  return methodFor(name, () => owner[name], lent === undefined || path === 'Uint8Array' ? lent : function (options) { return lent(this, options); });
}

function replace(path, name, owner) {
  const descriptor = ReflectGetOwnPropertyDescriptor(owner, name);
  const value = standInFor(path, name, owner);
  ObjectDefineProperty(owner, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
  return () => {
    if (ReflectGetOwnPropertyDescriptor(owner, name)?.value !== value) impure(`${name}, which it replaces`);
    delete owner[name];
    if (descriptor) ObjectDefineProperty(owner, name, { __proto__: null, ...descriptor });
  };
}

function lend(wanted) {
  const names = ReflectOwnKeys(LENT);
  for (let i = 0; i < names.length; i++) lendLate(LENT[names[i]].to, wanted ? LENT[names[i]].does : undefined);
}

/** Put them in their places, for the package and for the runtime.  Returns the undo. */
export function install(ownerOf) {
  startStackTraceLimit();
  lend(true);
  const undo = [];
  for (let i = 0; i < NOT_IN_SNAPSHOTS.length; i++) {
    const path = NOT_IN_SNAPSHOTS[i][0];
    ArrayPrototypePush(undo, replace(path, NOT_IN_SNAPSHOTS[i][1], ownerOf(path)));
  }
  return () => {
    for (let i = 0; i < undo.length; i++) undo[i]();
    lend(false);
    endStackTraceLimit();
  };
}
