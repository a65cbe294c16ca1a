// `require`, the modules `fs`, `fs/promises` and `path`, and mocks of Node's other modules.

// -- path, as path.posix of Node

const normalize = (path) => {
  const absolute = path.startsWith('/');
  const trailing = path.endsWith('/');
  const parts = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!absolute) parts.push('..');
  }
  const joined = parts.join('/') + (trailing && parts.length > 0 ? '/' : '');
  return absolute ? `/${joined}` : joined || (trailing ? './' : '.');
};
const withoutTrailing = (path) => (path.length > 1 ? path.replace(/\/+$/, '') || '/' : path);
const dirname = (path) => {
  const at = withoutTrailing(path).lastIndexOf('/');
  return at < 0 ? '.' : at === 0 ? '/' : withoutTrailing(path.slice(0, at));
};
const basename = (path, suffix = '') => {
  const name = withoutTrailing(path).slice(withoutTrailing(path).lastIndexOf('/') + 1);
  return suffix !== '' && suffix !== name && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
};
const extname = (path) => {
  const name = basename(path);
  const at = name.lastIndexOf('.');
  return at <= 0 || name === '..' ? '' : name.slice(at);
};
const resolve = (...paths) => {
  let whole = '';
  for (const path of paths.reverse()) {
    if (path === '') continue;
    whole = whole === '' ? path : `${path}/${whole}`;
    if (path.startsWith('/')) break;
  }
  return withoutTrailing(normalize(whole.startsWith('/') ? whole : `/${whole}`));
};
const relative = (from, to) => {
  const start = resolve(from).split('/').filter(Boolean);
  const end = resolve(to).split('/').filter(Boolean);
  let same = 0;
  while (same < start.length && same < end.length && start[same] === end[same]) same += 1;
  return [...start.slice(same).map(() => '..'), ...end.slice(same)].join('/');
};
const path = {
  sep: '/', delimiter: ':', normalize, dirname, basename, extname, resolve, relative,
  isAbsolute: (given) => given.startsWith('/'),
  join: (...given) => normalize(given.filter((part) => part !== '').join('/') || '.'),
  parse: (given) => {
    const base = basename(given), ext = extname(given), folder = dirname(given);
    return { root: given.startsWith('/') ? '/' : '', dir: given.includes('/') ? folder : '', base, ext, name: ext === '' ? base : base.slice(0, -ext.length) };
  },
  format: ({ root = '', dir = root, base, name = '', ext = '' }) => {
    const file = base ?? name + ext;
    return dir === '' ? file : dir === root ? dir + file : `${dir}/${file}`;
  },
  toNamespacedPath: (given) => given,
};
path.posix = path;

// -- fs

const place = (given) => {
  if (given !== null && typeof given === 'object' && typeof given.pathname === 'string') return decodeURIComponent(given.pathname);
  if (typeof given !== 'string') throw Object.assign(new TypeError('The "path" argument must be of type string'), { code: 'ERR_INVALID_ARG_TYPE' });
  return resolve('/', given);
};
const encodingOf = (options) => (typeof options === 'string' ? options : options?.encoding ?? undefined);
const optional = (...given) => {
  while (given.length > 0 && given.at(-1) === undefined) given.pop();
  return given;
};
const toStats = ({ folder, size, modified }) => ({
  size,
  mtimeMs: modified,
  mtime: new Date(modified),
  isFile: () => !folder,
  isDirectory: () => folder,
  isSymbolicLink: () => false,
});
const entries = (found, options) => {
  if (options?.withFileTypes !== true) return found.map(([name]) => name);
  return found.map(([name, folder]) => ({ name, isFile: () => !folder, isDirectory: () => folder, isSymbolicLink: () => false }));
};
const content = (data) => (typeof data === 'string' || ArrayBuffer.isView(data) || data instanceof ArrayBuffer ? data : String(data));
const operations = {
  readFile: (file, options) => host.fs('readFile', ...optional(place(file), encodingOf(options))),
  writeFile: (file, data, options) => host.fs('writeFile', place(file), content(data), encodingOf(options) ?? null, options?.flag ?? 'w'),
  appendFile: (file, data, options) => host.fs('appendFile', ...optional(place(file), content(data), encodingOf(options))),
  copyFile: (from, to) => host.fs('copyFile', place(from), place(to)),
  readdir: (folder, options) => entries(host.fs('readdir', place(folder)), options),
  stat: (file) => toStats(host.fs('stat', place(file))),
  access: (file) => host.fs('access', place(file)),
  mkdir: (folder, options) => host.fs('mkdir', place(folder), options?.recursive === true),
  unlink: (file) => host.fs('unlink', place(file)),
  rmdir: (folder) => host.fs('rmdir', place(folder)),
  rm: (file, options) => host.fs('rm', place(file), options?.recursive === true, options?.force === true),
  rename: (from, to) => host.fs('rename', place(from), place(to)),
};
operations.lstat = operations.stat;
for (const [name, operation] of Object.entries(operations)) operations[name] = (...given) => operation(...given) ?? undefined;
const promises = {};
const fs = { promises, constants: { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1 }, existsSync: (file) => host.fs('exists', place(file)) };
for (const [name, operation] of Object.entries(operations)) {
  promises[name] = async (...given) => operation(...given);
  fs[`${name}Sync`] = operation;
  fs[name] = (...given) => {
    const callback = given.pop();
    if (typeof callback !== 'function') throw Object.assign(new TypeError('The "cb" argument must be of type function'), { code: 'ERR_INVALID_ARG_TYPE' });
    promises[name](...given).then((value) => callback(null, value), callback).catch(vm.report);
  };
}
promises.constants = fs.constants;

// -- mocks: they load, and what they have throws when it is called

const mock = (name) => {
  const member = (key) => {
    const refuse = () => { throw Object.assign(new Error(`${name} is a mock in this VM: there is no ${name}.${key}`), { code: 'ERR_MOCK' }); };
    return new Proxy(refuse, { get: (target, inner) => (inner in target || typeof inner === 'symbol' ? target[inner] : member(`${key}.${inner}`)) });
  };
  const members = {};
  return new Proxy(members, {
    get: (target, key) => {
      if (typeof key === 'symbol' || key === '__esModule' || key === 'then') return target[key];
      if (key === 'default') return target.default ?? members;
      return target[key] ??= member(key);
    },
  });
};

// -- modules

const compile = (0, eval);
const builtins = { 'node:fs': fs, 'node:fs/promises': promises, 'node:path': path };
const cache = { __proto__: null };
const targets = new Map();
const shown = (file) => file.replace(/[\n\r\u2028\u2029]/g, ' ');
const evaluate = (module, { kind, code }) => {
  if (kind === 'json') {
    try {
      module.exports = JSON.parse(code);
    } catch (error) {
      error.message = `${module.filename}: ${error.message}`;
      throw error;
    }
  } else if (kind === 'text') {
    module.exports = code;
  } else {
    const wrapped = compile(`(function (exports, require, module, __filename, __dirname) { ${code}\n})\n//# sourceURL=${shown(module.filename)}`);
    wrapped.call(module.exports, module.exports, module.require, module, module.filename, dirname(module.filename));
  }
};
const load = (name, importer) => {
  const key = `${dirname(importer)}\0${name}`;
  const known = cache[targets.get(key)];
  if (known !== undefined) return known.exports;
  const found = host.find(String(name), importer);
  targets.set(key, found.path);
  if (cache[found.path] !== undefined) return cache[found.path].exports;
  const filename = found.path;
  const module = { id: filename, filename, exports: {}, loaded: false, children: [], require: requireOf(filename) };
  cache[filename] = module;
  try {
    if (found.kind === 'builtin') module.exports = builtins[filename];
    else if (found.kind === 'mock') module.exports = mock(filename.slice('node:'.length));
    else evaluate(module, found);
    module.loaded = true;
  } catch (error) {
    delete cache[filename];
    throw error;
  }
  return module.exports;
};
const requireOf = (importer) => {
  const require = (name) => {
    if (typeof name !== 'string' || name === '') throw Object.assign(new TypeError('The "id" argument must be a name'), { code: 'ERR_INVALID_ARG_TYPE' });
    return load(name, importer);
  };
  require.resolve = (name) => host.find(String(name), importer).path;
  require.cache = cache;
  return require;
};
Object.defineProperty(global, 'require', { value: requireOf('/vm.js'), writable: true, enumerable: false, configurable: true });
