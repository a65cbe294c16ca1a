// The one file of this runtime that changes globalThis.

import { ObjectDefineProperty, ReflectDeleteProperty, ReflectGetOwnPropertyDescriptor, ReflectSet } from '../bootstrap/primordials.js';

const ENTRY = '__edge';
const EXTRAS = '__edge_extras';

/** For the host, which takes it away. */
export function exposeEntry(entry) {
  ObjectDefineProperty(globalThis, ENTRY, { __proto__: null, value: entry, configurable: true });
}

/** What V8 has beyond ECMAScript: a console that writes to a debugger, and, unless it is wanted, WebAssembly. */
export function removeExtensions(webassembly) {
  delete globalThis.console;
  if (!webassembly) delete globalThis.WebAssembly;
}

/** V8's extras binding, which `bring` makes the host lay on the global object for a moment; undefined without it. */
export function takeExtras(bring) {
  ReflectDeleteProperty(globalThis, EXTRAS);
  bring();
  const extras = ReflectGetOwnPropertyDescriptor(globalThis, EXTRAS)?.value;
  delete globalThis[EXTRAS];
  return extras;
}

let held = null;

/** The global object, whatever becomes of its name: to be asked for before code of others runs. */
export function globalObject() {
  held ??= globalThis;
  return held;
}

/** As an assignment of a script's would; what a script has declared stays where it is. */
export function assignGlobal(name, value) {
  const current = ReflectGetOwnPropertyDescriptor(held, name);
  if (current !== undefined && !current.configurable) ReflectSet(held, name, value);
  else ObjectDefineProperty(held, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

/** What has been declared cannot go: it is undefined then. */
export function removeGlobal(name) {
  if (!ReflectDeleteProperty(held, name)) ReflectSet(held, name, undefined);
}

/** A function of the host that code finds by its name. */
export function defineGlobal(name, value) {
  ObjectDefineProperty(globalThis, name, { __proto__: null, value, writable: true, enumerable: false, configurable: true });
}
