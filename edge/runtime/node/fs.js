// node:fs: https://nodejs.org/api/fs.html
// /app holds the package, read-only; /tmp is in memory, private to the invocation.

import { ArrayPrototypePush, ObjectDefineProperty, Promise, ReflectApply } from '../bootstrap/primordials.js';
import { constants, F_OK, R_OK, W_OK, X_OK } from './internal/fs/constants.js';
import { withCallback } from './internal/fs/deferred.js';
import { Dir, opendir } from './internal/fs/dir.js';
import { Dirent } from './internal/fs/dirent.js';
import * as files from './internal/fs/files.js';
import * as folders from './internal/fs/folders.js';
import * as meta from './internal/fs/meta.js';
import { unwatchFile, watch, watchFile } from './internal/fs/refused.js';
import { BigIntStats, Stats } from './internal/fs/stats.js';
import { callable, createReadStream, createWriteStream, ReadStream, WriteStream } from './internal/fs/streams.js';
import { validateFunction } from './internal/errors.js';
import promises from './fs_promises.js';

const CUSTOM_PROMISE = Symbol.for('nodejs.util.promisify.custom');

const fs = {
  constants, F_OK, R_OK, W_OK, X_OK, Dir, Dirent, Stats, BigIntStats, ReadStream: callable(ReadStream), WriteStream: callable(WriteStream),
  FileReadStream: callable(ReadStream), FileWriteStream: callable(WriteStream), createReadStream, createWriteStream, watch, watchFile, unwatchFile,
  promises,
};

// Callbacks of these get what was read into or written from besides the count.
const WITH_BUFFER = { __proto__: null, read: true, write: true, readv: true, writev: true };

const operations = { __proto__: null, ...files, ...folders, ...meta, opendir };
delete operations.exists;

for (const name in operations) {
  const operation = operations[name];
  fs[`${name}Sync`] = operation;
  fs[name] = withCallback(operation, WITH_BUFFER[name] ? (args) => [args[1]] : undefined);
  ObjectDefineProperty(operation, 'name', { __proto__: null, value: `${name}Sync`, configurable: true });
  ObjectDefineProperty(fs[name], 'name', { __proto__: null, value: name, configurable: true });
}
fs.realpath.native = fs.realpath;
fs.realpathSync.native = fs.realpathSync;
fs.existsSync = meta.exists;
const existsLater = withCallback((path) => meta.exists(path));
fs.exists = (path, callback) => {
  validateFunction(callback, 'cb');
  existsLater(path, (_, found) => callback(found));
};
ObjectDefineProperty(fs.exists, CUSTOM_PROMISE, { __proto__: null, value: (path) => new Promise((resolve) => fs.exists(path, resolve)) });
ObjectDefineProperty(fs.read, CUSTOM_PROMISE, { __proto__: null, value: promiseOfPair('read', 'bytesRead') });
ObjectDefineProperty(fs.write, CUSTOM_PROMISE, { __proto__: null, value: promiseOfPair('write', 'bytesWritten') });

function promiseOfPair(name, count) {
  return (...args) => new Promise((resolve, reject) => {
    ArrayPrototypePush(args, (error, value, buffer) => (error ? reject(error) : resolve({ [count]: value, buffer })));
    ReflectApply(fs[name], fs, args);
  });
}

export default fs;
