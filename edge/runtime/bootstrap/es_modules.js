// What ES modules have and CommonJS has not: `import.meta`, `import()`, and `await` at the top level.  The transform has made
// CommonJS of the rest; loaded with the first module that uses one of these.

import {
  ObjectDefineProperty, ReflectGet, ReflectOwnKeys, SafeMap, SafeSet, String, StringPrototypeSlice, StringPrototypeStartsWith, encodeURI,
} from './primordials.js';
import { compile, dirname, getMain, load, loadBuiltin, loadSlowly, recordOf, target } from './modules.js';

const namespaces = new SafeMap(); // exports that are no ES module -> what import() gives for them
const loading = new SafeMap(); // path -> promise, of modules whose top level has not ended yet

/** `import.meta`, with what Node and Deno have there. */
export function createMeta({ filename }) {
  return {
    __proto__: null,
    url: urlOf(filename),
    filename,
    dirname: dirname(filename),
    main: filename === getMain(),
    resolve: (specifier) => urlOf(target(filename, String(specifier))),
  };
}

// Builtins have no path: their name is their URL.
function urlOf(path) {
  return StringPrototypeStartsWith(path, '/') ? `file://${encodeURI(path)}` : path;
}

/** `import()` of one module. */
export function createImport({ filename }) {
  return async (specifier) => {
    const path = target(filename, String(specifier));
    if (StringPrototypeStartsWith(path, 'node:')) return await namespaceOf(loadBuiltin(StringPrototypeSlice(path, 5)));
    await loadWaiting(path, new SafeSet());
    return await namespaceOf(load(path));
  };
}

// As the transform has it for static imports: what is not an ES module is its default export, its properties are names.
function namespaceOf(exports) {
  const isObject = (typeof exports === 'object' && exports !== null) || typeof exports === 'function';
  if (isObject && exports.__esModule) return exports;
  let namespace = isObject ? namespaces.get(exports) : undefined;
  if (namespace === undefined) {
    namespace = { __proto__: null };
    const names = isObject ? ReflectOwnKeys(exports) : [];
    for (let i = 0; i < names.length; i++) if (typeof names[i] === 'string') define(namespace, names[i], ReflectGet(exports, names[i]));
    define(namespace, 'default', exports);
    if (isObject) namespaces.set(exports, namespace);
  }
  return namespace;
}

function define(object, name, value) {
  ObjectDefineProperty(object, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

// -- await at the top level
//
// A module that waits, and all that import it, run in turn before the first of them is required: dependencies first.

/** Whether a module waits at its top level, or imports one that does; found out once for each. */
export function waits(path) {
  const record = recordOf(path);
  if (record.waiting === null) {
    const seen = new SafeSet();
    if (reachesWaiting(path, seen)) record.waiting = true;
    else seen.forEach((one) => { recordOf(one).waiting = false; });
  }
  return record.waiting;
}

function reachesWaiting(path, seen) {
  if (seen.has(path)) return false;
  seen.add(path);
  const record = recordOf(path);
  if (record.waiting !== null) return record.waiting;
  if (record.kind === 'esm') compile(path, record);
  if (record.waits) return true;
  const { imported } = record;
  if (imported === null) return false;
  for (let i = 0; i < imported.length; i++) if (reachesWaiting(imported[i], seen)) return true;
  return false;
}

/** Run a module that may wait, after all that it imports; nothing when it has run.  The promise resolves with nothing. */
export async function loadWaiting(path, seen = new SafeSet()) {
  if (seen.has(path)) return; // a cycle: what is there of it must do
  seen.add(path);
  if (loading.has(path)) {
    await loading.get(path);
  } else if (waits(path)) {
    const promise = runInOrder(path, seen);
    loading.set(path, promise);
    try {
      await promise;
    } finally {
      loading.delete(path);
    }
  } else {
    load(path);
  }
}

function runInOrder(path, seen) {
  return loadSlowly(path, async () => {
    const { imported } = recordOf(path);
    for (let i = 0; i < imported.length; i++) await loadWaiting(imported[i], seen);
  });
}
