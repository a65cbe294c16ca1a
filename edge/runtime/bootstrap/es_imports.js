// What ES modules have besides their linking: `import.meta`, `import()`, namespaces of what is no ES module, and `await` at the
// top level.  Loaded with the first module that uses one of these.

import {
  ArrayIsArray, ArrayPrototypePush, ArrayPrototypeSort, ObjectGetOwnPropertyDescriptor, ObjectKeys, ObjectSeal, PromisePrototypeThen, SafeMap, SafeSet,
  StringPrototypeStartsWith, encodeURI,
} from './primordials.js';
import { cache, dirname, getMain, recordOf, target } from './modules.js';
import { Instance, defineGetter, defineValue, emptyNamespace, execute, exportsOf, fail, hasOwnDefault, instanceAt, isObject, settle } from './es_modules.js';

const namespaces = new SafeMap(); // exports of what is no ES module -> what import() gives for them
const loading = new SafeMap(); // path -> promise, of modules whose top level has not ended yet

// -- import.meta and import()

/** `import.meta`, with what Node and Deno have there. */
export function createMeta(filename) {
  return {
    __proto__: null,
    url: urlOf(filename),
    filename,
    dirname: dirname(filename),
    main: filename === getMain(),
    resolve: (specifier) => urlOf(resolved(filename, `${specifier}`)),
  };
}

// As URLs are: relative ones lead somewhere, whether there is a file or not.
function resolved(filename, specifier) {
  try {
    return target(filename, specifier, 'import');
  } catch (error) {
    if (!StringPrototypeStartsWith(specifier, './') && !StringPrototypeStartsWith(specifier, '../')) throw error;
    return import('../node/path.js').default.posix.join(dirname(filename), specifier);
  }
}

// Builtins have no path: their name is their URL.
function urlOf(path) {
  return StringPrototypeStartsWith(path, '/') ? `file://${encodeURI(path)}` : path;
}

/** `import()` of one module. */
export function createImport(filename) {
  return async (specifier, options) => {
    const path = target(filename, keyOf(`${specifier}`, options), 'import');
    if (StringPrototypeStartsWith(path, '/')) await loadWaiting(path);
    const { kind, interop } = recordOf(filename);
    return await namespaceAt(path, exportsOf(path), kind !== 'esm' || interop);
  };
}

// As the transform writes it for import declarations.
function keyOf(specifier, options) {
  const type = options?.with?.type;
  return type === undefined || type === 'json' ? specifier : `${specifier}\0${type}`;
}

// -- await at the top level
//
// Modules that wait run before the first of those that import them, in the order in which they are imported; what does not wait
// runs meanwhile.

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
  if (record.waits) return true;
  const { imported } = record;
  if (imported === null) return false;
  for (let i = 0; i < imported.length; i++) if (reachesWaiting(imported[i], seen)) return true;
  return false;
}

/**
 * Run a module that may wait, after all that it imports; nothing when it has run.  The promise resolves with nothing.
 * `importer` is the chain of modules that led here.  All that a module leads to is begun at once, so what is running already and
 * is not in the chain does not wait for us.
 */
export async function loadWaiting(path, importer = null) {
  for (let link = importer; link !== null; link = link.importer) if (link.path === path) return; // a cycle: what is there of it must do
  const running = loading.get(path);
  if (running !== undefined) {
    await running;
  } else if (recordOf(path).instance === undefined && waits(path)) {
    const promise = runWaiting({ __proto__: null, path, importer });
    loading.set(path, promise);
    try {
      await promise;
    } finally {
      loading.delete(path);
    }
  } else {
    exportsOf(path);
  }
}

async function runWaiting(chain) {
  const { path } = chain;
  const record = recordOf(path);
  const instance = record.instance = new Instance(path);
  try {
    const begun = beginImports(record.imported ?? [], chain);
    for (let i = 0; i < begun.length; i++) await begun[i];
    const ended = execute(instance, record);
    if (record.waits) await ended;
    settle(instance);
  } catch (error) {
    fail(instance, error);
    throw error;
  }
}

function beginImports(paths, chain) {
  const begun = [];
  for (let i = 0; i < paths.length; i++) {
    if (!waits(paths[i])) exportsOf(paths[i]);
    else {
      const promise = loadWaiting(paths[i], chain);
      PromisePrototypeThen(promise, undefined, () => {}); // it is waited for in its turn
      ArrayPrototypePush(begun, promise);
    }
  }
  return begun;
}

// -- namespaces of what is no ES module

/** The namespace of the module at a path: its exports, when it is an ES module. */
export function namespaceAt(path, exports, interop) {
  if (instanceAt(path) !== null || hasOwnDefault(exports, interop)) return exports;
  const isCommon = !StringPrototypeStartsWith(path, '/') || recordOf(path).kind === 'cjs';
  const isComplete = cache[path]?.loaded !== false;
  let namespace = isObject(exports) && isComplete ? namespaces.get(exports) : undefined;
  if (namespace !== undefined) return namespace;
  namespace = namespaceOf(exports, isCommon, isComplete);
  if (isObject(exports) && isComplete) namespaces.set(exports, namespace);
  return namespace;
}

// The names of CommonJS beside its default; what is computed when it is read still is.
function namespaceOf(exports, isCommon, isComplete) {
  const namespace = emptyNamespace();
  const names = isCommon && isObject(exports) && !ArrayIsArray(exports) ? ObjectKeys(exports) : [];
  ArrayPrototypePush(names, 'default');
  ArrayPrototypeSort(names);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (name === 'default') defineValue(namespace, name, exports);
    else if (!isComplete || ObjectGetOwnPropertyDescriptor(exports, name)?.get !== undefined) defineGetter(namespace, name, () => exports[name]);
    else defineValue(namespace, name, exports[name]);
  }
  return ObjectSeal(namespace);
}
