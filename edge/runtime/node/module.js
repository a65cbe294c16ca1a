// node:module: https://nodejs.org/api/module.html

import { Error, ObjectAssign, ObjectKeys, StringPrototypeSlice, StringPrototypeStartsWith } from '../bootstrap/primordials.js';
import { load, requireFrom } from '../bootstrap/modules.js';
import { coded, invalidArgType, invalidArgValue, unsupported } from './internal/errors.js';
import { builtins } from './index.js';
import { globals as urls } from '../url/index.js';

const WRAPPER = ['(function (exports, require, module, __filename, __dirname) { ', '\n});'];

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

function Module(id = '') {
  if (!(this instanceof Module)) return new Module(id);
  this.id = id;
  this.exports = {};
  this.loaded = false;
  this.children = [];
  return undefined;
}

Module.prototype.require = function require(name) {
  return createRequire(this.filename ?? '/app/index.js')(name);
};

Module.prototype._compile = function compile() {
  throw coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', 'Module.prototype._compile is not available in edge');
};

ObjectAssign(Module, {
  Module,
  builtinModules: ObjectKeys(builtins),
  constants: { compileCacheStatus: {} },
  createRequire,
  enableCompileCache: () => ({ status: 3 }),
  findPackageJSON: () => undefined,
  findSourceMap: () => undefined,
  isBuiltin: (name) => builtins[plain(name)] !== undefined,
  register,
  registerHooks: register,
  syncBuiltinESMExports() {},
  wrap: (source) => WRAPPER[0] + source + WRAPPER[1],
  wrapper: WRAPPER,
  _extensions: { __proto__: null },
  _cache: { __proto__: null },
  _load: (path) => load(path),
  _resolveFilename: (name, parent) => createRequire(parent?.filename ?? '/app/index.js').resolve(name),
});

export default Module;
