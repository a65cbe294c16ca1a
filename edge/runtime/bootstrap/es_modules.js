// ES modules.  The transform has made a function of each (transform/es_module.js), whose parameter `$esm` is the Instance here:
// it declares what the module exports, and gives what it imports.  https://tc39.es/ecma262/#sec-modules
//
// A namespace is an object without prototype.  While its module runs, its properties are getters; then those that cannot change
// any more become values, which is smaller in a snapshot and faster to read.

import {
  ArrayPrototypePush, ArrayPrototypeSort, Error, ObjectCreate, ObjectDefineProperty, ObjectFreeze, ObjectGetOwnPropertyDescriptor, ObjectHasOwn, ObjectSeal, ReflectApply,
  ReflectOwnKeys, StringPrototypeSlice, StringPrototypeStartsWith, SymbolToStringTag, SyntaxError,
} from './primordials.js';
import {
  COMMON, brokenModule, createModule, dirname, enterModule, getMain, importOf, load, loadBuiltin, makeRequire, metaOf, moduleAt, recordOf, takeCompiled, target,
} from './modules.js';

export const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

export function emptyNamespace() {
  return ObjectDefineProperty(ObjectCreate(null), SymbolToStringTag, { __proto__: null, value: 'Module' });
}

export function defineGetter(namespace, name, get) {
  ObjectDefineProperty(namespace, name, { __proto__: null, get, enumerable: true, configurable: true });
}

export function defineValue(namespace, name, value) {
  ObjectDefineProperty(namespace, name, { __proto__: null, value, writable: false, enumerable: true, configurable: true });
}

// An export of another module, that may still change or not be there yet.
function defineForward(namespace, name, from) {
  const found = ObjectGetOwnPropertyDescriptor(from, name);
  if (found !== undefined && ObjectHasOwn(found, 'value') && !found.writable) defineValue(namespace, name, found.value);
  else defineGetter(namespace, name, () => from[name]);
}

/** One ES module of this isolate, and what its code is linked by. */
export class Instance {
  exports = emptyNamespace();
  constant = constants;
  done = false;
  failed = false;
  mixed = false; // whether it has exports of CommonJS instead
  error = undefined;
  module = null; // for code that mixes both kinds
  followers = null; // modules that export all that this one does
  #starred = false;

  constructor(path) {
    this.path = path;
  }

  get interop() {
    return recordOf(this.path).interop;
  }

  /** Declare exports; those in `hoisted` are functions, which are there already and do not change. */
  e(getters, hoisted) {
    const names = ReflectOwnKeys(getters);
    for (let i = 0; i < names.length; i++) this.#declare(names[i], getters[names[i]]);
    for (let i = 0; i < hoisted.length; i++) defineValue(this.exports, hoisted[i], getters[hoisted[i]]());
  }

  #declare(name, get) {
    defineGetter(this.exports, name, get);
    if (this.followers !== null) for (let i = 0; i < this.followers.length; i++) this.followers[i].follow(this, name);
  }

  /** `export *` takes all but the default, and nothing that the module has itself. */
  follow(other, name) {
    if (typeof name !== 'string' || name === 'default' || ObjectHasOwn(this.exports, name)) return;
    defineForward(this.exports, name, other.exports);
    if (this.followers !== null) for (let i = 0; i < this.followers.length; i++) this.followers[i].follow(this, name);
  }

  /** Import for names: an object that has them. */
  i(specifier, names) {
    const path = target(this.path, specifier, 'import');
    const exports = exportsOf(path);
    if (names !== undefined) checkNames(path, specifier, names);
    return isObject(exports) ? exports : ObjectCreate(null);
  }

  /** Import for `default`: an object that has it. */
  d(specifier, lenient) {
    const path = target(this.path, specifier, 'import');
    const exports = exportsOf(path);
    if (instanceAt(path) !== null) {
      if (!lenient) checkNames(path, specifier, ['default']);
      return exports;
    }
    return hasOwnDefault(exports, this.interop) ? exports : { __proto__: null, default: exports };
  }

  /** Import for the namespace. */
  n(specifier) {
    const path = target(this.path, specifier, 'import');
    return import('./es_imports.js').namespaceAt(path, exportsOf(path), this.interop);
  }

  /** `export * from` */
  s(specifier) {
    this.#starred = true;
    const path = target(this.path, specifier, 'import');
    const exports = exportsOf(path);
    const other = instanceAt(path);
    if (other !== null && !other.done) ArrayPrototypePush(other.followers ??= [], this);
    const from = other ?? { exports };
    const names = isObject(exports) ? ReflectOwnKeys(exports) : [];
    for (let i = 0; i < names.length; i++) if (other !== null || names[i] !== '__esModule') this.follow(from, names[i]);
  }

  /** The end of the module: `settled` do not change any more, `forwarded` are [name, from, name there]. */
  c(settled, forwarded) {
    const { exports } = this;
    for (let i = 0; i < settled.length; i++) defineValue(exports, settled[i], exports[settled[i]]);
    for (let i = 0; i < forwarded.length; i++) {
      const found = ObjectGetOwnPropertyDescriptor(forwarded[i][1], forwarded[i][2]);
      if (found !== undefined && ObjectHasOwn(found, 'value') && !found.writable) defineValue(exports, forwarded[i][0], found.value);
    }
    if (this.#starred) sortNames(exports);
  }

  /** The name of a default function that has none. */
  name(value) {
    ObjectDefineProperty(value, 'name', { __proto__: null, value: 'default', configurable: true });
  }
}

// What compilers make of an ES module has its default beside the names.  To bundlers, and so in modules written for them, that is
// the default; to Node the default of CommonJS is `module.exports`.
export function hasOwnDefault(exports, interop) {
  return !interop && isObject(exports) && exports.__esModule === true;
}

// To assign to an import is a TypeError.
const constants = ObjectFreeze(ObjectCreate(null));

function sortNames(namespace) {
  const names = ReflectOwnKeys(namespace);
  const texts = [];
  for (let i = 0; i < names.length; i++) if (typeof names[i] === 'string') ArrayPrototypePush(texts, names[i]);
  ArrayPrototypeSort(texts);
  for (let i = 0; i < texts.length; i++) {
    const found = ObjectGetOwnPropertyDescriptor(namespace, texts[i]);
    delete namespace[texts[i]];
    ObjectDefineProperty(namespace, texts[i], { __proto__: null, ...found });
  }
}

function checkNames(path, specifier, names) {
  const instance = instanceAt(path);
  if (instance === null || !instance.done) return;
  for (let i = 0; i < names.length; i++) {
    if (!ObjectHasOwn(instance.exports, names[i])) throw new SyntaxError(`The requested module '${specifier}' does not provide an export named '${names[i]}'`);
  }
}

/** The instance of a path that is an ES module and has been asked for; null for all others. */
export function instanceAt(path) {
  if (!StringPrototypeStartsWith(path, '/')) return null;
  const { instance } = recordOf(path);
  return instance === undefined || instance.mixed ? null : instance;
}

/** What a module has, for code in `from`. */
export function exportsOf(path) {
  if (!StringPrototypeStartsWith(path, '/')) return loadBuiltin(StringPrototypeStartsWith(path, 'node:') ? StringPrototypeSlice(path, 5) : path);
  const record = recordOf(path);
  if (record.kind !== 'esm') return load(path);
  return instantiate(path, record).exports;
}

// -- evaluation

// Runs it, unless it runs or has run already.  What it has thrown it throws again.
function instantiate(path, record) {
  const { instance } = record;
  if (instance === undefined) {
    if (record.imported !== null && import('./es_imports.js').waits(path)) throw notRequirable(path);
    const created = record.instance = new Instance(path);
    finish(created, () => execute(created, record));
    return created;
  }
  if (instance.failed) throw instance.error;
  return instance;
}

function finish(instance, run) {
  try {
    run();
    settle(instance);
  } catch (error) {
    fail(instance, error);
    throw error;
  }
}

export function settle(instance) {
  const { module, exports } = instance;
  instance.done = true;
  instance.followers = null;
  if (module !== null) {
    module.loaded = true;
    instance.mixed = module.exports !== exports;
    if (instance.mixed) instance.exports = module.exports;
  }
  ObjectSeal(exports);
}

export function fail(instance, error) {
  instance.failed = true;
  instance.error = error;
}

// The promise of its end when it waits.
export function execute(instance, record) {
  const { path } = instance;
  if (record.kind === 'broken') throw brokenModule(record);
  const wrapper = takeCompiled(path, record);
  const { uses } = record;
  enterModule(uses);
  const args = [instance, metaOf(path, uses), importOf(path, uses)];
  if (uses & COMMON) {
    const module = instance.module = moduleAt(path);
    module.exports = instance.exports;
    ArrayPrototypePush(args, module.exports, makeRequire(module), module, path, dirname(path));
  } else {
    ArrayPrototypePush(args, undefined, undefined, undefined, path, dirname(path));
  }
  return ReflectApply(wrapper, undefined, args);
}

/** What `require` of an ES module gives.  https://nodejs.org/api/modules.html#loading-ecmascript-modules-using-require */
export function requireEsModule(path, parent) {
  const instance = instantiate(path, recordOf(path));
  if (path === getMain() || !instance.done || instance.mixed) return instance.exports;
  const module = createModule(path, parent);
  module.exports = facadeOf(instance.exports);
  module.loaded = true;
  return module.exports;
}

// For code that compilers have written, which looks for __esModule where there is a default.
function facadeOf(namespace) {
  if (ObjectHasOwn(namespace, 'module.exports')) return namespace['module.exports'];
  if (!ObjectHasOwn(namespace, 'default') || ObjectHasOwn(namespace, '__esModule')) return namespace;
  const facade = emptyNamespace();
  defineValue(facade, '__esModule', true);
  const names = ReflectOwnKeys(namespace);
  for (let i = 0; i < names.length; i++) if (typeof names[i] === 'string') ObjectDefineProperty(facade, names[i], { __proto__: null, ...ObjectGetOwnPropertyDescriptor(namespace, names[i]) });
  return ObjectSeal(facade);
}

function notRequirable(path) {
  const error = new Error(`${path} waits at its top level (await): load it with import, not with require`);
  error.code = 'ERR_REQUIRE_ASYNC_MODULE';
  return error;
}
