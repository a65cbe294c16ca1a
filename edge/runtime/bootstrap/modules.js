// The modules of the package: their records, and CommonJS.  Compiled once, evaluated once per isolate.  Resolution is the host's
// (edge/packages/resolve.py): a module's record brings the targets of its specifiers.  What only ES modules have is in
// es_modules.js, and what only Node's `module` shows of this in ../node/module.js; both are loaded when they are needed.

import {
  ArrayPrototypeIncludes, ArrayPrototypePush, Error, JSONParse, ObjectCreate, ObjectDefineProperty, ObjectHasOwn, ObjectKeys, ReflectApply, SafeMap, StringPrototypeEndsWith, StringPrototypeIncludes,
  StringPrototypeLastIndexOf, StringPrototypeSlice, StringPrototypeStartsWith, SyntaxError, TypeError, eval as indirectEval,
} from './primordials.js';
import { hostCallSync } from './host.js';
import { firstLine } from './failures.js';
import { builtins } from '../node/index.js';

const records = new SafeMap(); // path -> {kind, source, resolutions, others, compiled, ...}
const builtinCache = new SafeMap();
let mainPath = null;

/** `require.cache`: path -> Module, for the function to look into and to change. */
export const cache = ObjectCreate(null);

/** `Module._extensions`, empty until somebody looks at it; what the function puts there loads files of that ending. */
export const extensions = ObjectCreate(null);

/** Take the records of modules that a build or a start brings along. */
export function addRecords(list) {
  for (let i = 0; i < list.length; i++) {
    const record = list[i];
    records.set(record.path, {
      __proto__: null, kind: record.kind, source: record.source, resolutions: record.resolutions, others: record.others ?? null, compiled: null, uses: 0, head: 0,
      imported: record.imported ?? null, waits: record.waits === true, waiting: null, interop: record.interop === true,
    });
  }
}

const MANY = 64; // names of a module that fit in a snapshot whatever becomes of them

/** Drop what nothing has touched of the modules, and of long lists of names: it is asked for when needed. */
export function forgetUntouched() {
  const paths = knownModules();
  for (let i = 0; i < paths.length; i++) {
    const record = records.get(paths[i]);
    if (cache[paths[i]] === undefined && record.compiled === null && record.instance === undefined) records.delete(paths[i]);
    else record.resolutions = touchedOf(record.resolutions);
  }
}

function touchedOf(resolutions) {
  const names = ObjectKeys(resolutions);
  if (names.length <= MANY) return resolutions;
  const touched = ObjectCreate(null);
  for (let i = 0; i < names.length; i++) {
    const path = resolutions[names[i]];
    if (cache[path] !== undefined || records.get(path)?.instance !== undefined) touched[names[i]] = path;
  }
  return touched;
}

/** The paths of all modules that are there, for the build's report. */
export function knownModules() {
  const paths = [];
  records.forEach((_, path) => ArrayPrototypePush(paths, path));
  return paths;
}

export const hasModule = (path) => records.has(path);

/** Forget one module altogether. */
export function forgetModule(path) {
  records.delete(path);
  delete cache[path];
}

export function setMain(path) {
  mainPath = path;
}

export function getMain() {
  return mainPath;
}

function failure(found, from) {
  const error = new (found.type === 'TypeError' ? TypeError : found.type === 'SyntaxError' ? SyntaxError : Error)(found.message);
  error.code = found.code;
  if (found.code === 'MODULE_NOT_FOUND') error.requireStack = [from];
  return error;
}

export function recordOf(path) {
  let record = records.get(path);
  if (record === undefined) {
    const { value, data } = hostCallSync('module.load', { path });
    addRecords([value]);
    record = records.get(path);
    record.source ||= data; // of a binary module
  }
  return record;
}

/** Where `specifier` leads in the module at `from`; `how` it is asked for, 'require' or 'import', may make a difference. */
export function target(from, specifier, how) {
  const record = recordOf(from);
  const isOwn = (record.kind === 'esm') === (how === 'import');
  const known = isOwn ? record.resolutions : record.others;
  // A package may be called `constructor`, which every object has.
  let found = known !== null && ObjectHasOwn(known, specifier) ? known[specifier] : undefined;
  if (found === undefined) {
    found = builtins[specifier] === undefined ? hostCallSync('module.resolve', { from, specifier, how }).value : `node:${specifier}`;
    if (isOwn) record.resolutions[specifier] = found;
    else (record.others ??= ObjectCreate(null))[specifier] = found;
  }
  if (typeof found === 'string') return found;
  throw failure(found, from);
}

/** Compile every module that is there without running any. */
export function compileAll() {
  const paths = knownModules();
  for (let i = 0; i < paths.length; i++) {
    const record = records.get(paths[i]);
    if (record.kind === 'cjs' || record.kind === 'esm') compile(paths[i], record);
  }
}

// What a module uses of its surroundings, by what its text mentions.
export const META = 1;
export const IMPORT = 2;
const LISTENERS = 4;
/** `require`, `module` and the like, which are no part of ES modules: those of them that need an object of their own. */
export const COMMON = 8;

function usesOf(path, source, isEsModule) {
  const listens = path === mainPath && StringPrototypeIncludes(source, 'addEventListener');
  const common = isEsModule && (StringPrototypeIncludes(source, 'require') || StringPrototypeIncludes(source, 'module') || StringPrototypeIncludes(source, 'exports'));
  return (StringPrototypeIncludes(source, '$importMeta') ? META : 0) | (StringPrototypeIncludes(source, '$mport') ? IMPORT : 0) | (listens ? LISTENERS : 0) | (common ? COMMON : 0);
}

// A module's own text begins behind this on its first line.  An ES module may have names of the wrapper for itself, hence the
// block around it.  edge/engine/builder_child.py checks the syntax of modules in the same wrappers.
const WRAPPER = '(function (exports, require, module, __filename, __dirname';
const MORE = ', $importMeta, $mport';
const ES_WRAPPER = '(function ($esm, $importMeta, $mport, exports, require, module, __filename, __dirname) { "use strict"; {';

function headOf({ kind, waits, uses }) {
  if (kind === 'esm') return waits ? `(async ${StringPrototypeSlice(ES_WRAPPER, 1)}` : ES_WRAPPER;
  return `${WRAPPER}${uses & (META | IMPORT) ? MORE : ''}) { `;
}

/** By how much columns of a module's first line are off. */
export function headLength(path) {
  return records.get(path)?.head ?? 0;
}

function compile(path, record) {
  if (record.compiled === null) {
    const source = record.source ?? hostCallSync('module.load', { path }).value.source;
    record.uses = usesOf(path, source, record.kind === 'esm');
    const head = headOf(record);
    record.head = head.length;
    record.compiled = indirectEval(`${head}${source}\n${record.kind === 'esm' ? '}' : ''}})\n//# sourceURL=${path}`);
    record.source = null;
  }
  return record.compiled;
}

/** The function of a module that is about to run.  It is not kept: modules run once, and in a snapshot it would be large. */
export function takeCompiled(path, record) {
  const compiled = compile(path, record);
  record.compiled = null;
  return compiled;
}

/** Whether the main module, or one that it imports, waits at its top level. */
export function waitsForMain() {
  return recordOf(mainPath).imported !== null && import('./es_imports.js').waits(mainPath);
}

/** A promise of the end of the main module's top level, null when it does not wait. */
export function waitForMain() {
  const { imported, instance } = recordOf(mainPath);
  if (imported === null || instance?.done || cache[mainPath]?.loaded) return null;
  return waitsForMain() ? import('./es_imports.js').loadWaiting(mainPath) : null;
}

export function dirname(path) {
  return StringPrototypeSlice(path, 0, StringPrototypeLastIndexOf(path, '/')) || '/';
}

function evaluate(module, record) {
  const { filename } = module;
  if (record.kind === 'broken') throw brokenModule(record);
  if (record.kind === 'json') {
    module.exports = parseJson(filename, record.source);
  } else if (record.kind === 'text') {
    module.exports = record.source;
  } else if (record.kind === 'cjs') {
    run(module, takeCompiled(filename, record), record.uses);
  } else {
    module.exports = import('./binary_modules.js').evaluateBinary(record);
  }
}

export function brokenModule({ source }) {
  const error = new SyntaxError(source);
  error.stack = `SyntaxError: ${source}`;
  return error;
}

// Run a compiled CommonJS module.
function run(module, wrapper, uses) {
  const { filename, exports } = module;
  enterModule(uses);
  const args = [exports, makeRequire(module), module, filename, dirname(filename)];
  if (uses & (META | IMPORT)) ArrayPrototypePush(args, metaOf(filename, uses), importOf(filename, uses));
  return ReflectApply(wrapper, exports, args);
}

/** In a service worker variables are globals, from the first line on. */
export function enterModule(uses) {
  if (uses & LISTENERS) import('../service_worker/bindings.js').bindVariables();
}

export const metaOf = (path, uses) => (uses & META ? import('./es_imports.js').createMeta(path) : undefined);
export const importOf = (path, uses) => (uses & IMPORT ? import('./es_imports.js').createImport(path) : undefined);

function parseJson(path, text) {
  try {
    return JSONParse(text);
  } catch (error) {
    throw new SyntaxError(`${path}: ${firstLine(error.message)}`);
  }
}

/** Load a module by its path: its exports, also while it is still loading (cycles). */
export function load(path, parent = null) {
  const cached = cache[path];
  if (cached !== undefined) {
    if (parent !== null) adopt(parent, cached);
    return cached.exports;
  }
  const custom = customLoader(path);
  if (custom === undefined) {
    const record = recordOf(path);
    if (record.kind === 'esm') return import('./es_modules.js').requireEsModule(path, parent);
    return loadInto(createModule(path, parent), (module) => evaluate(module, record));
  }
  return loadInto(createModule(path, parent), (module) => custom(module, path));
}

// A module that throws is not there: the next to ask runs it again.
function loadInto(module, how) {
  const { filename } = module;
  let finished = false;
  try {
    how(module);
    finished = true;
  } finally {
    if (!finished && cache[filename] === module) delete cache[filename];
  }
  module.loaded = true;
  return module.exports;
}

function customLoader(path) {
  for (const _ in extensions) return import('../node/module.js').loaderOf(path);
  return undefined;
}

// -- Module
//
// https://nodejs.org/api/modules.html#the-module-object

/** The class of `module`; node:module adds what belongs to the class itself. */
export function Module(id = '', parent = null) {
  return made(id, null, parent, new.target?.prototype ?? Module.prototype);
}

// As a literal, whose properties are its own whatever Object.prototype has of these names.
function made(id, filename, parent, prototype = Module.prototype) {
  const module = { __proto__: prototype, id, path: dirname(id), exports: {}, filename, loaded: false, children: [], parent };
  if (parent) adopt(parent, module);
  return module;
}

Module.prototype = {
  constructor: Module,
  require(id) {
    if (typeof id !== 'string') throw notAString(id);
    if (id === '') throw import('../node/internal/errors.js').invalidArgValue('id', id, 'must be a non-empty string');
    return Module._load(id, this, false);
  },
  get paths() {
    return import('../node/module.js').searchPaths(this.path);
  },
  set paths(value) {
    import('../node/module.js').replacePaths(this, value);
  },
  _compile(source, filename) {
    return import('../node/module.js').compileText(this, source, filename);
  },
  load(filename) {
    import('../node/module.js').loadFile(this, filename);
  },
};

/** Where a specifier leads when a module requires it.  Functions may put one of their own in its place. */
Module._resolveFilename = (specifier, parent) => {
  const path = target(parent?.filename ?? mainPath ?? '/app/index.js', specifier, 'require');
  return StringPrototypeStartsWith(path, 'node:') && !StringPrototypeStartsWith(specifier, 'node:') ? StringPrototypeSlice(path, 5) : path;
};

/** What `require` gives.  Functions may put one of their own in its place. */
Module._load = (specifier, parent) => {
  const path = Module._resolveFilename(specifier, parent);
  if (!StringPrototypeStartsWith(path, '/')) return loadBuiltin(StringPrototypeStartsWith(path, 'node:') ? StringPrototypeSlice(path, 5) : path);
  return load(path, parent ?? null);
};

function adopt(parent, child) {
  const { children } = parent;
  if (children !== undefined && children !== null && !ArrayPrototypeIncludes(children, child)) ArrayPrototypePush(children, child);
}

/** A module that is not in the cache. */
export const moduleAt = (path) => made(path, path, null);

export function createModule(path, parent) {
  const module = made(path, path, parent);
  if (path === mainPath) module.id = '.';
  cache[path] = module;
  return module;
}

function notAString(id) {
  const error = new TypeError(`The "id" argument must be of type string. Received ${id === null ? 'null' : typeof id}`);
  error.code = 'ERR_INVALID_ARG_TYPE';
  return error;
}

const EXTENSIONS = { __proto__: null, get: () => import('../node/module.js').default._extensions, set: undefined, enumerable: true, configurable: true };

/** A module's `require`. */
export function makeRequire(module) {
  const require = (id) => module.require(id);
  require.resolve = (specifier, options) => {
    if (typeof specifier !== 'string') throw import('../node/internal/errors.js').invalidArgType('request', 'string', specifier);
    return options?.paths === undefined ? Module._resolveFilename(specifier, module) : import('../node/module.js').resolveFrom(specifier, options.paths);
  };
  require.resolve.paths = (specifier) => import('../node/module.js').pathsOf(specifier, module);
  require.main = cache[mainPath];
  require.cache = cache;
  return ObjectDefineProperty(require, 'extensions', EXTENSIONS);
}

// -- Node's modules

/** A Node module, with or without `node:`. */
export function loadBuiltin(name) {
  let exports = builtinCache.get(name);
  if (exports === undefined) {
    const factory = name === 'cloudflare:workers' ? () => import('../workers/module.js').exports
      : name === 'edge:contracts' ? () => import('../local/module.js').exports : builtins[name];
    exports = factory === undefined ? withoutFactory(name) : factory();
    builtinCache.set(name, exports);
  }
  return exports;
}

function withoutFactory(name) {
  const { packages } = import('../node/packages.js');
  return packages[name] === undefined ? import('../node/missing.js').absentBuiltin(name) : packages[name]();
}

/** A `require` for code that says where it is; the file need not be there. */
export function requireFrom(path) {
  try {
    recordOf(path);
  } catch {
    records.set(path, { __proto__: null, kind: 'broken', source: `${path} is no module of the package`, resolutions: ObjectCreate(null), others: null, compiled: null, imported: null });
  }
  return makeRequire(moduleAt(path));
}

/** True when the module was written with ES module syntax. */
export function isEsModule(path) {
  const record = records.get(path);
  return record !== undefined && (record.kind === 'esm' || StringPrototypeEndsWith(path, '.mjs'));
}

/** `require` for code that is in no module: the global one. */
export function globalRequire(specifier) {
  if (mainPath === null) return loadBuiltin(StringPrototypeStartsWith(specifier, 'node:') ? StringPrototypeSlice(specifier, 5) : specifier);
  load(mainPath);
  return (cache[mainPath] ?? moduleAt(mainPath)).require(specifier);
}
