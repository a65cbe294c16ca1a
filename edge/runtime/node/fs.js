// node:fs: https://nodejs.org/api/fs.html
// /app holds the package, read-only; /tmp is in memory, private to the invocation.

import { ArrayBufferIsView, ArrayPrototypeConcat, ArrayPrototypePush, ObjectDefineProperty, Promise, PromisePrototypeThen, ReflectApply } from '../bootstrap/primordials.js';
import { Buffer } from './internal/buffer/class.js';
import { constants, F_OK, R_OK, W_OK, X_OK } from './internal/fs/constants.js';
import { withCallback } from './internal/fs/deferred.js';
import { Dir, opendir } from './internal/fs/dir.js';
import { Dirent } from './internal/fs/dirent.js';
import * as files from './internal/fs/files.js';
import * as folders from './internal/fs/folders.js';
import * as meta from './internal/fs/meta.js';
import { unwatchFile, watch, watchFile } from './internal/fs/refused.js';
import { Stats } from './internal/fs/stats.js';
import { toTime } from './internal/fs/options.js';
import { checkFd } from './internal/fs/descriptors.js';
import { cp, cpSync } from './internal/fs/cp.js';
import { createReadStream, createWriteStream, ReadStream, WriteStream } from './internal/fs/streams.js';
import { named } from './internal/named.js';
import { validateFunction } from './internal/errors.js';
import promises from './fs_promises.js';

const CUSTOM_PROMISE = Symbol.for('nodejs.util.promisify.custom');

const fs = {
  constants, F_OK, R_OK, W_OK, X_OK, Dir, Dirent, Stats, createReadStream, createWriteStream, watch, watchFile, unwatchFile, promises,
};
// Packages put classes of their own in these places.
const REPLACEABLE = { __proto__: null, ReadStream, WriteStream, FileReadStream: ReadStream, FileWriteStream: WriteStream };
for (const name in REPLACEABLE) {
  let value = REPLACEABLE[name];
  ObjectDefineProperty(fs, name, { __proto__: null, get: () => value, set(other) { value = other; }, enumerable: true, configurable: true });
}

// Callbacks of these get what was read into or written from besides the count.
const WITH_BUFFER = { __proto__: null, read: true, write: true, readv: true, writev: true };

const operations = { __proto__: null, ...files, ...folders, ...meta, opendir };
delete operations.exists;
delete operations.toCopyMode;
delete operations.mkdtempDisposable;
// What is last is the callback, whatever it is called.
const CALLBACKS = { __proto__: null, opendir: 'callback', open: 'cb' };
// Of these the number of the file is looked at before the callback.
const OF_NUMBERS = { __proto__: null, close: true, fchmod: true, fchown: true, fdatasync: true, fstat: true, fsync: true, ftruncate: true, futimes: true, read: true, readv: true, write: true, writev: true };
const CUSTOM_ARGS = { __proto__: null, read: 'bytesRead', write: 'bytesWritten', readv: 'bytesRead', writev: 'bytesWritten' };

for (const name in operations) {
  const operation = operations[name];
  fs[`${name}Sync`] = operation;
  fs[name] = withCallback(operation, WITH_BUFFER[name] ? (args) => [args[1]] : undefined, CALLBACKS[name], OF_NUMBERS[name] ? checkFd : undefined);
  // A function of its own: packages replace properties of these.
  named(`${name}Sync`, operation);
  named(name, fs[name]);
}
fs.cp = cp;
fs.cpSync = cpSync;
fs.mkdtempDisposableSync = folders.mkdtempDisposable;
fs.read = readLater;
const { close } = fs;
fs.close = named('close', (fd, callback = raise) => close(fd, callback));
fs._toUnixTimestamp = named('_toUnixTimestamp', (time, name = 'time') => toTime(time, name) / 1000);
fs.globSync = named('globSync', (pattern, options) => import('./internal/fs/glob.js').glob(pattern, options));
fs.glob = named('glob', (pattern, options, callback) => {
  const done = typeof options === 'function' ? options : callback;
  withCallback((one, given) => import('./internal/fs/glob.js').glob(one, given), undefined, 'callback')(pattern, typeof options === 'function' ? undefined : options, done);
});
fs.openAsBlob = named('openAsBlob', (path, options) => PromisePrototypeThen(promises.readFile(path), (bytes) => new (import('../blob/index.js').Blob)([bytes], { type: options?.type ?? '' })));
fs.realpath.native = fs.realpath;
fs.realpathSync.native = fs.realpathSync;
fs.existsSync = meta.exists;
const existsLater = withCallback((path) => meta.exists(path));
fs.exists = (path, callback) => {
  validateFunction(callback, 'cb');
  existsLater(path, (_, found) => callback(found));
};
ObjectDefineProperty(fs.exists, CUSTOM_PROMISE, { __proto__: null, value: (path) => new Promise((resolve) => fs.exists(path, resolve)) });
for (const name in CUSTOM_ARGS) {
  ObjectDefineProperty(fs[name], CUSTOM_PROMISE, { __proto__: null, value: promiseOfPair(name, CUSTOM_ARGS[name], name === 'readv' || name === 'writev' ? 'buffers' : 'buffer') });
}

// Whoever does not want to hear of it hears of errors.
function raise(error) {
  if (error) throw error;
}

const readAll = withCallback(files.read, (args) => [args[1]]);

/** fs.read: the buffer may be left out, and be in the options. */
function readLater(fd, ...args) {
  checkFd(fd);
  const callback = args[args.length - 1];
  const first = args[0];
  if (first === callback || ((first === undefined || first === null || (typeof first === 'object' && !ArrayBufferIsView(first))) && args.length <= 2)) {
    const options = first === callback || first === undefined || first === null ? {} : first;
    const buffer = options.buffer === undefined ? Buffer.alloc(16384) : options.buffer;
    readAll(fd, buffer, options.offset, options.length, options.position, callback);
    return;
  }
  ReflectApply(readAll, undefined, ArrayPrototypeConcat([fd], args));
}

function promiseOfPair(name, count, what) {
  return (...args) => new Promise((resolve, reject) => {
    ArrayPrototypePush(args, (error, value, buffer) => (error ? reject(error) : resolve({ [count]: value, [what]: buffer })));
    ReflectApply(fs[name], fs, args);
  });
}

export default fs;
