// node:module: https://nodejs.org/api/module.html
// The class is that of every module here (bootstrap/modules.js); this adds what Node has at the class, and what is asked for rarely.

import {
  ArrayIsArray, ArrayPrototypeIncludes, ArrayPrototypePush, Error, JSONParse, ObjectAssign, ObjectDefineProperty, ObjectKeys, ReflectApply, RegExpPrototypeExec, StringPrototypeEndsWith,
  StringPrototypeIncludes, StringPrototypeLastIndexOf, StringPrototypeSlice, StringPrototypeSplit, StringPrototypeStartsWith, eval as indirectEval,
} from '../bootstrap/primordials.js';
import { Module, cache, dirname, extensions, load, makeRequire, requireFrom } from '../bootstrap/modules.js';
import { coded, invalidArgType, invalidArgValue, unsupported } from './internal/errors.js';
import { builtins } from './index.js';
import { globals as urls } from '../url/index.js';

const WRAPPER = ['(function (exports, require, module, __filename, __dirname) { ', '\n});'];
const HOME = '/app/index.js';

const plain = (name) => (StringPrototypeStartsWith(name, 'node:') ? StringPrototypeSlice(name, 5) : name);

/** A `require` that resolves as from the file `place`: an absolute path, or a file: URL. */
function createRequire(place) {
  const isURL = place instanceof urls.URL || (typeof place === 'string' && StringPrototypeStartsWith(place, 'file:'));
  if (!isURL && typeof place !== 'string') throw invalidArgType('filename', ['string', 'URL'], place);
  const path = isURL ? import('./url.js').default.fileURLToPath(place) : place;
  if (!StringPrototypeStartsWith(path, '/')) throw invalidArgValue('filename', place, 'must be a file URL object, file URL string, or absolute path string');
  return requireFrom(path);
}

/** Modules are known when the package is deployed; hooks would come too late. */
function register() {
  throw unsupported('module.register', 'modules are resolved when the package is deployed');
}

// -- where modules are looked for

/** The folders in which bare names are looked for from `folder`, the nearest first. */
function nodeModulePaths(folder) {
  const parts = StringPrototypeSplit(folder, '/');
  const found = [];
  for (let length = parts.length; length > 0; length--) {
    if (parts[length - 1] === 'node_modules') continue;
    let path = '';
    for (let i = 1; i < length; i++) if (parts[i] !== '') path += `/${parts[i]}`;
    const folders = `${path}/node_modules`;
    if (!ArrayPrototypeIncludes(found, folders)) ArrayPrototypePush(found, folders);
  }
  return found;
}

export const searchPaths = nodeModulePaths;

/** `module.paths = value` */
export function replacePaths(module, value) {
  ObjectDefineProperty(module, 'paths', { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

/** `require.resolve.paths` */
export function pathsOf(specifier, module) {
  if (typeof specifier !== 'string') throw invalidArgType('request', 'string', specifier);
  if (builtins[plain(specifier)] !== undefined) return null;
  const isRelative = specifier === '.' || specifier === '..' || StringPrototypeStartsWith(specifier, './') || StringPrototypeStartsWith(specifier, '../');
  return isRelative ? [dirname(module.filename)] : nodeModulePaths(dirname(module.filename));
}

/** `require.resolve` with `paths`: the first of these folders from which the name leads somewhere. */
export function resolveFrom(specifier, paths) {
  if (!ArrayIsArray(paths)) throw invalidArgType('options.paths', 'Array', paths);
  let problem = null;
  for (let i = 0; i < paths.length; i++) {
    try {
      return createRequire(absolute(paths[i])).resolve(specifier);
    } catch (error) {
      problem ??= error;
    }
  }
  throw problem ?? coded(Error, 'MODULE_NOT_FOUND', `Cannot find module '${specifier}'`);
}

function absolute(folder) {
  if (typeof folder !== 'string') throw invalidArgType('options.paths', 'string', folder);
  return import('./path.js').default.posix.resolve('/app', folder, 'noop.js');
}

// -- loading by hand

/** `module._compile`: run a text as the code of a module. */
export function compileText(module, source, filename) {
  const { isEvalForbidden, evalError } = import('../bootstrap/no_eval.js');
  if (isEvalForbidden()) throw evalError();
  const text = RegExpPrototypeExec(/^#!/, source) === null ? `${source}` : `//${source}`;
  module.filename ??= filename;
  const wrapper = indirectEval(`${WRAPPER[0]}${text}\n})\n//# sourceURL=${filename}`);
  return ReflectApply(wrapper, module.exports, [module.exports, makeRequire(module), module, filename, dirname(filename)]);
}

function readText(filename) {
  const text = import('./fs.js').default.readFileSync(filename, 'utf8');
  return StringPrototypeStartsWith(text, '\ufeff') ? StringPrototypeSlice(text, 1) : text;
}

/** `module.load` */
export function loadFile(module, filename) {
  module.filename = filename;
  const handler = loaderOf(filename) ?? defaults[extensionIn(filename, defaults) ?? '.js'];
  handler(module, filename);
  module.loaded = true;
}

const defaults = {
  __proto__: null,
  '.js': (module, filename) => compileText(module, readText(filename), filename),
  '.json': (module, filename) => {
    module.exports = JSONParse(readText(filename));
  },
  '.node': (module, filename) => {
    throw coded(Error, 'ERR_DLOPEN_FAILED', `Cannot load the native addon '${filename}': functions can load JavaScript and WebAssembly only`);
  },
};

// The longest ending that a table knows.
function extensionIn(path, table) {
  const name = StringPrototypeSlice(path, StringPrototypeLastIndexOf(path, '/') + 1);
  const endings = ObjectKeys(table);
  let best;
  for (let i = 0; i < endings.length; i++) {
    const isLonger = best === undefined || endings[i].length > best.length;
    if (isLonger && name.length > endings[i].length && StringPrototypeEndsWith(name, endings[i])) best = endings[i];
  }
  return best;
}

/** What the function has put into `require.extensions` for a path; undefined when that is what was there. */
export function loaderOf(path) {
  const ending = extensionIn(path, extensions);
  const handler = ending === undefined ? undefined : extensions[ending];
  return handler === defaults[ending] ? undefined : handler;
}

ObjectAssign(extensions, defaults);

ObjectAssign(Module, {
  Module,
  builtinModules: ObjectKeys(builtins),
  constants: { compileCacheStatus: { __proto__: null, FAILED: 0, ENABLED: 1, ALREADY_ENABLED: 2, DISABLED: 3 } },
  createRequire,
  enableCompileCache: () => ({ status: 3 }),
  findPackageJSON: () => undefined,
  findSourceMap: () => undefined,
  flushCompileCache() {},
  getCompileCacheDir: () => undefined,
  globalPaths: [],
  isBuiltin: (name) => builtins[plain(name)] !== undefined,
  register,
  registerHooks: register,
  syncBuiltinESMExports() {},
  wrap: (source) => WRAPPER[0] + source + WRAPPER[1],
  wrapper: WRAPPER,
  _cache: cache,
  _extensions: extensions,
  _findPath: (name) => (StringPrototypeIncludes(name, '/') ? name : false),
  _initPaths() {},
  _nodeModulePaths: nodeModulePaths,
  _pathCache: { __proto__: null },
  _preloadModules() {},
  _resolveLookupPaths: (name, parent) => pathsOf(name, parent ?? { filename: HOME }),
  runMain: () => load(HOME),
});

export default Module;
