// node:zlib: https://nodejs.org/api/zlib.html, computed by zlib and brotli beside the isolate.

import { ArrayPrototypePush, ObjectDefineProperty, ObjectKeys, ObjectSetPrototypeOf, RangeError, ReflectConstruct, Uint8Array } from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { Buffer } from './internal/buffer/class.js';
import { coded, invalidArgType, validateFunction, validateInteger } from './internal/errors.js';
import { named } from './internal/named.js';
import { isAnyArrayBuffer, isArrayBufferView } from './internal/types.js';
import { codes, constants } from './internal/zlib/constants.js';
import { brotliSettings, zlibSettings } from './internal/zlib/options.js';
import { Zlib, ZlibBase } from './internal/zlib/stream.js';

/** A class that can be called without `new`, as Node's can. */
function define(name, kind, Base, settingsOf) {
  const construct = (options, target) => ReflectConstruct(Base, [settingsOf(kind, options), options], target);
  const Class = function (options) {
    return construct(options, new.target ?? Class);
  };
  named(name, Class);
  ObjectSetPrototypeOf(Class, Base);
  ObjectDefineProperty(Class, 'prototype', { __proto__: null, value: { __proto__: Base.prototype } });
  ObjectDefineProperty(Class.prototype, 'constructor', { __proto__: null, value: Class, writable: true, configurable: true });
  return Class;
}

const zlibClass = (name, kind) => define(name, kind, Zlib, zlibSettings);
const brotliClass = (name, kind) => define(name, kind, ZlibBase, brotliSettings);

const classes = {
  Deflate: zlibClass('Deflate', 'deflate'), Inflate: zlibClass('Inflate', 'inflate'), Gzip: zlibClass('Gzip', 'gzip'), Gunzip: zlibClass('Gunzip', 'gunzip'),
  DeflateRaw: zlibClass('DeflateRaw', 'deflate_raw'), InflateRaw: zlibClass('InflateRaw', 'inflate_raw'), Unzip: zlibClass('Unzip', 'unzip'),
  BrotliCompress: brotliClass('BrotliCompress', 'brotli'), BrotliDecompress: brotliClass('BrotliDecompress', 'unbrotli'),
};

function toBuffer(data) {
  if (typeof data === 'string') return Buffer.from(data);
  if (isArrayBufferView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (isAnyArrayBuffer(data)) return Buffer.from(data);
  throw invalidArgType('buffer', ['string', 'Buffer', 'TypedArray', 'DataView', 'ArrayBuffer'], data);
}

function atOnce(Class) {
  return (data, options) => {
    const buffer = toBuffer(data);
    const engine = new Class(options);
    const result = engine._processChunk(buffer, engine._finishFlushFlag);
    engine._handle.close();
    return engine._info ? { buffer: result, engine } : result;
  };
}

function later(Class) {
  return (data, options, callback) => {
    const done = typeof options === 'function' ? options : callback;
    validateFunction(done, 'callback');
    const engine = new Class(typeof options === 'function' ? undefined : options);
    const pieces = [];
    let total = 0;
    engine.on('readable', () => {
      for (let piece = engine.read(); piece !== null; piece = engine.read()) {
        total += piece.length;
        if (total > engine._maxOutputLength) {
          engine.destroy(coded(RangeError, 'ERR_BUFFER_TOO_LARGE', `Cannot create a Buffer larger than ${engine._maxOutputLength} bytes`));
          return;
        }
        ArrayPrototypePush(pieces, piece);
      }
    });
    engine.on('error', (error) => done(error));
    engine.on('end', () => {
      const buffer = Buffer.concat(pieces, total);
      engine.close();
      done(null, engine._info ? { buffer, engine } : buffer);
    });
    engine.end(toBuffer(data));
  };
}

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
  if (!old[i].startsWith('BROTLI')) ObjectDefineProperty(zlib, old[i], { __proto__: null, value: constants[old[i]], enumerable: false });
}

export default zlib;
