// CommonJS modules of the package: compiled once, evaluated once per isolate.  Resolution is the host's
// (edge/packages/resolve.py): a module's record brings the targets of its specifiers.

import {
  ArrayPrototypePush, Error, JSONParse, ObjectCreate, ReflectApply, SafeMap, StringPrototypeEndsWith, StringPrototypeIncludes, StringPrototypeLastIndexOf, StringPrototypeSlice,
  StringPrototypeStartsWith, SyntaxError, TypeError, eval as indirectEval,
} from './primordials.js';
import { hostCallSync } from './host.js';
import { firstLine } from './failures.js';
import { absent, builtins, refused } from '../node/index.js';

const records = new SafeMap(); // path -> {kind, source, resolutions, compiled}
const cache = new SafeMap(); // path -> module
const builtinCache = new SafeMap();
let mainPath = null;

/** Take the records of modules that a build or a start brings along. */
export function addRecords(list) {
  for (let i = 0; i < list.length; i++) {
    const record = list[i];
    records.set(record.path, { __proto__: null, kind: record.kind, source: record.source, resolutions: record.resolutions, compiled: null, uses: 0, imported: record.imported ?? null, waits: false, waiting: null });
  }
}

/** Drop the text of modules that nothing has touched: they are asked for when needed. */
export function forgetUntouched() {
  const paths = knownModules();
  for (let i = 0; i < paths.length; i++) {
    if (!cache.has(paths[i]) && records.get(paths[i]).compiled === null) records.delete(paths[i]);
  }
}

/** The paths of all modules that are there, for the build's report. */
export function knownModules() {
  const paths = [];
  records.forEach((_, path) => ArrayPrototypePush(paths, path));
  return paths;
}

/** Forget one module altogether. */
export function forgetModule(path) {
  records.delete(path);
  cache.delete(path);
}

export function setMain(path) {
  mainPath = path;
}

export function getMain() {
  return mainPath;
}

function failure(found, specifier, from) {
  const error = new (found.type === 'TypeError' ? TypeError : found.type === 'SyntaxError' ? SyntaxError : Error)(found.message);
  error.code = found.code;
  error.requireStack = [from];
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

export function target(from, specifier) {
  const { resolutions } = recordOf(from);
  let found = resolutions[specifier];
  if (found === undefined) {
    found = hostCallSync('module.resolve', { from, specifier }).value;
    resolutions[specifier] = found;
  }
  if (typeof found === 'string') return found;
  throw failure(found, specifier, from);
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
const META = 1;
const IMPORT = 2;
const LISTENERS = 4;

function usesOf(path, source) {
  const listens = path === mainPath && StringPrototypeIncludes(source, 'addEventListener');
  return (StringPrototypeIncludes(source, '$importMeta') ? META : 0) | (StringPrototypeIncludes(source, '$mport') ? IMPORT : 0) | (listens ? LISTENERS : 0);
}

// A module's own text begins behind this on its first line.  An ES module may have names of the wrapper for itself, hence the
// block around it.
const WRAPPER = '(function (exports, require, module, __filename, __dirname, $importMeta, $mport) { ';
const ASYNC_WRAPPER = `(async ${StringPrototypeSlice(WRAPPER, 1)}`;
const BLOCK = '"use strict"; {';

/** By how much columns of a module's first line are off. */
export function headLength(path) {
  const record = records.get(path);
  if (record === undefined || record.compiled === null) return 0;
  return (record.waits ? ASYNC_WRAPPER : WRAPPER).length + (record.kind === 'esm' ? BLOCK.length : 0);
}

export function compile(path, record) {
  if (record.compiled === null) {
    const { source } = record;
    record.uses = usesOf(path, source);
    record.waits = awaitsAtTop(record);
    const body = record.kind === 'esm' ? `${BLOCK}${source}\n}` : `${source}\n`;
    record.compiled = indirectEval(`${record.waits ? ASYNC_WRAPPER : WRAPPER}${body}})\n//# sourceURL=${path}`);
    record.source = null;
  }
  return record.compiled;
}

// In a static block, as in a module, `await` is no name; that it is no expression either shows whether it is at the top.
// Packages whose lexer has seen none have `imported` null.
function awaitsAtTop({ imported, source }) {
  if (imported === null || !StringPrototypeIncludes(source, 'await')) return false;
  try {
    indirectEval(`(() => { class A { static {${source}\n} } })`);
    return false;
  } catch {
    return true;
  }
}

/** Whether the main module, or one that it imports, waits at its top level. */
export function waitsForMain() {
  return recordOf(mainPath).imported !== null && import('./es_modules.js').waits(mainPath);
}

/** A promise of the end of the main module's top level, null when it does not wait. */
export function waitForMain() {
  return !cache.get(mainPath)?.loaded && waitsForMain() ? import('./es_modules.js').loadWaiting(mainPath) : null;
}

export function dirname(path) {
  return StringPrototypeSlice(path, 0, StringPrototypeLastIndexOf(path, '/')) || '/';
}

function evaluate(module, record) {
  const { filename } = module;
  if (record.kind === 'broken') {
    const error = new SyntaxError(record.source);
    error.stack = `SyntaxError: ${record.source}`;
    throw error;
  }
  if (record.kind === 'json') {
    module.exports = parseJson(filename, record.source);
  } else if (record.kind === 'text') {
    module.exports = record.source;
  } else if (record.kind === 'wasm' || record.kind === 'data') {
    module.exports = import('./binary_modules.js').evaluateBinary(record);
  } else {
    return run(module, record);
  }
  module.loaded = true;
  return null;
}

// A promise when the module waits at its top level, else null.
function run(module, record) {
  const { filename, exports } = module;
  const wrapper = compile(filename, record);
  const { uses } = record;
  // In a service worker variables are globals, from the first line on.
  if (uses & LISTENERS) import('../service_worker/bindings.js').bindVariables();
  const meta = uses & META ? import('./es_modules.js').createMeta(module) : undefined;
  const load = uses & IMPORT ? import('./es_modules.js').createImport(module) : undefined;
  const ended = ReflectApply(wrapper, exports, [exports, module.require, module, filename, dirname(filename), meta, load]);
  if (record.waits) return ended;
  module.loaded = true;
  return null;
}

function parseJson(path, text) {
  try {
    return JSONParse(text);
  } catch (error) {
    throw new SyntaxError(`${path}: ${firstLine(error.message)}`);
  }
}

/** Load a module by its path: its exports, also while it is still loading (cycles). */
export function load(path, parent = null) {
  const cached = cache.get(path);
  if (cached !== undefined) return cached.exports;
  const record = recordOf(path);
  if (record.imported !== null && import('./es_modules.js').waits(path)) throw notRequirable(path);
  const module = createModule(path, parent);
  let finished = false;
  try {
    evaluate(module, record);
    finished = true;
  } finally {
    if (!finished) cache.delete(path);
  }
  return module.exports;
}

/** Run a module that waits, or whose imports do: `imports` runs these.  Meanwhile it is there, for cycles, without exports. */
export async function loadSlowly(path, imports) {
  if (cache.has(path)) return;
  const module = createModule(path, null);
  try {
    await imports();
    const ended = evaluate(module, recordOf(path));
    if (ended !== null) await ended;
    module.loaded = true;
  } catch (error) {
    cache.delete(path);
    throw error;
  }
}

function notRequirable(path) {
  const error = new Error(`${path} waits at its top level (await): load it with import, not with require`);
  error.code = 'ERR_REQUIRE_ASYNC_MODULE';
  return error;
}

function createModule(path, parent) {
  const module = { id: path === mainPath ? '.' : path, path: dirname(path), exports: {}, filename: path, loaded: false, parent, children: [], paths: [] };
  module.require = makeRequire(module);
  cache.set(path, module);
  return module;
}

/** A Node module, with or without `node:`. */
export function loadBuiltin(name) {
  let exports = builtinCache.get(name);
  if (exports === undefined) {
    const factory = name === 'cloudflare:workers' ? () => import('../workers/module.js').exports : builtins[name];
    if (factory === undefined) throw missingBuiltin(name);
    exports = factory();
    builtinCache.set(name, exports);
  }
  return exports;
}

function missingBuiltin(name) {
  const reason = refused[name] ?? absent[name];
  const error = new Error(reason === undefined ? `Cannot find module 'node:${name}'` : `Cannot use module '${name}': ${reason}`);
  error.code = refused[name] === undefined ? 'MODULE_NOT_FOUND' : 'ERR_UNKNOWN_BUILTIN_MODULE';
  return error;
}

function makeRequire(module) {
  const from = module.filename;
  function require(specifier) {
    if (typeof specifier !== 'string') {
      const error = new TypeError(`The "id" argument must be of type string. Received ${typeof specifier}`);
      error.code = 'ERR_INVALID_ARG_TYPE';
      throw error;
    }
    const path = target(from, specifier);
    return StringPrototypeStartsWith(path, 'node:') ? loadBuiltin(StringPrototypeSlice(path, 5)) : load(path, module);
  }
  require.resolve = (specifier) => {
    const path = target(from, specifier);
    return StringPrototypeStartsWith(path, 'node:') && !StringPrototypeStartsWith(specifier, 'node:') ? StringPrototypeSlice(path, 5) : path;
  };
  require.main = cache.get(mainPath);
  require.cache = ObjectCreate(null);
  require.extensions = ObjectCreate(null);
  return require;
}

/** A `require` for code that says where it is; the file need not be there. */
export function requireFrom(path) {
  try {
    recordOf(path);
  } catch {
    records.set(path, { __proto__: null, kind: 'broken', source: `${path} is no module of the package`, resolutions: {}, compiled: null });
  }
  return makeRequire({ filename: path });
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
  return cache.get(mainPath).require(specifier);
}
