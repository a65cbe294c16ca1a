// node:zlib: https://nodejs.org/api/zlib.html, computed by zlib and brotli beside the isolate.

import { ObjectDefineProperty, ObjectKeys, ObjectSetPrototypeOf, Uint8Array } from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { queueTask } from '../bootstrap/tasks.js';
import { Buffer } from './internal/buffer/class.js';
import { invalidArgType, validateFunction, validateInteger } from './internal/errors.js';
import { named } from './internal/named.js';
import { isAnyArrayBuffer, isArrayBufferView } from './internal/types.js';
import { codes, constants } from './internal/zlib/constants.js';
import { brotliSettings, zlibSettings, zstdSettings } from './internal/zlib/options.js';
import { initialise, ZlibBase } from './internal/zlib/stream.js';

/** A class in the old style, as Node's are: it can be called without `new`, and on an instance of a class that inherits. */
function define(name, kind, settingsOf) {
  const Class = function (options) {
    if (!(this instanceof Class)) return new Class(options);
    initialise(this, settingsOf(kind, options), options);
    return undefined;
  };
  named(name, Class);
  ObjectSetPrototypeOf(Class, ZlibBase);
  Class.prototype = { __proto__: ZlibBase.prototype };
  ObjectDefineProperty(Class.prototype, 'constructor', { __proto__: null, value: Class, writable: true, configurable: true });
  return Class;
}

const zlibClass = (name, kind) => define(name, kind, zlibSettings);
const brotliClass = (name, kind) => define(name, kind, brotliSettings);

const classes = {
  Deflate: zlibClass('Deflate', 'deflate'), Inflate: zlibClass('Inflate', 'inflate'), Gzip: zlibClass('Gzip', 'gzip'), Gunzip: zlibClass('Gunzip', 'gunzip'),
  DeflateRaw: zlibClass('DeflateRaw', 'deflate_raw'), InflateRaw: zlibClass('InflateRaw', 'inflate_raw'), Unzip: zlibClass('Unzip', 'unzip'),
  BrotliCompress: brotliClass('BrotliCompress', 'brotli'), BrotliDecompress: brotliClass('BrotliDecompress', 'unbrotli'),
  ZstdCompress: define('ZstdCompress', 'zstd', zstdSettings), ZstdDecompress: define('ZstdDecompress', 'unzstd', zstdSettings),
};

function toBuffer(data) {
  if (typeof data === 'string') return Buffer.from(data);
  if (isArrayBufferView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (isAnyArrayBuffer(data)) return Buffer.from(data);
  throw invalidArgType('buffer', ['string', 'Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], data);
}

/** All of it: a Buffer, or with `info` that and the stream that made it. */
function run(engine, buffer) {
  try {
    const result = engine._processChunk(buffer, engine._finishFlushFlag);
    return engine._info ? { buffer: result, engine } : result;
  } finally {
    engine._handle.finish();
  }
}

const atOnce = (Class) => (data, options) => {
  const buffer = toBuffer(data);
  return run(new Class(options), buffer);
};

const later = (Class) => (data, options, callback) => {
  const done = typeof options === 'function' ? options : callback;
  validateFunction(done, 'callback');
  const engine = new Class(typeof options === 'function' ? undefined : options);
  const buffer = toBuffer(data);
  queueTask(() => {
    let result;
    try {
      result = run(engine, buffer);
    } catch (error) {
      done(error);
      return;
    }
    done(null, result);
  });
};

function crc32(data, value = 0) {
  if (typeof data !== 'string' && !isArrayBufferView(data)) throw invalidArgType('data', ['Buffer', 'TypedArray', 'DataView', 'string'], data);
  validateInteger(value, 'value', 0, 2 ** 32 - 1);
  const bytes = toBuffer(data);
  return hostCallSync('zlib.crc32', { __proto__: null, value }, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)).value;
}

const zlib = { crc32, ...classes };
const names = ObjectKeys(classes);
for (let i = 0; i < names.length; i++) {
  const name = names[i];
  const Class = classes[name];
  const method = name[0].toLowerCase() + name.slice(1);
  zlib[method] = named(method, later(Class));
  zlib[`${method}Sync`] = named(`${method}Sync`, atOnce(Class));
  ObjectDefineProperty(zlib, `create${name}`, { __proto__: null, value: named(`create${name}`, (options) => new Class(options)), enumerable: true });
}
ObjectDefineProperty(zlib, 'constants', { __proto__: null, value: constants, enumerable: true });
ObjectDefineProperty(zlib, 'codes', { __proto__: null, value: codes, enumerable: true });
// Old names of the constants.
const old = ObjectKeys(constants);
for (let i = 0; i < old.length; i++) {
  if (!/^(?:BROTLI|ZSTD)/.test(old[i])) ObjectDefineProperty(zlib, old[i], { __proto__: null, value: constants[old[i]], enumerable: false });
}

export default zlib;
