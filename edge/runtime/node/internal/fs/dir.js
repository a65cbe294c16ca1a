// fs.Dir: https://nodejs.org/api/fs.html#class-fsdir

import { ArrayPrototypePush, ArrayPrototypeShift, Error, ObjectDefineProperty, Promise, SymbolAsyncDispose, SymbolAsyncIterator, SymbolDispose, TypeError } from '../../../bootstrap/primordials.js';
import { queueTask } from '../../../bootstrap/tasks.js';
import { coded, invalidArgType, validateBoolean, validateFunction, validateInteger } from '../errors.js';
import { systemError } from './errors.js';
import { readdir } from './folders.js';
import { locate } from './locate.js';
import { optionsOf } from './options.js';
import { pathText } from './paths.js';

const TOKEN = {};
const closedError = () => coded(Error, 'ERR_DIR_CLOSED', 'Directory handle was closed');
const busyError = () => coded(Error, 'ERR_DIR_CONCURRENT_OPERATION', 'Cannot do synchronous work on directory handle with concurrent asynchronous operations');

export class Dir {
  #entries;
  #path;
  #closed = false;
  // What waits for its turn: operations of callbacks and promises come one after the other.
  #waiting = [];

  constructor(token, path, entries) {
    if (token !== TOKEN) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "handle" argument must be specified');
    this.#path = path;
    this.#entries = entries;
  }

  get path() {
    if (!(#path in this)) throw coded(TypeError, 'ERR_INVALID_THIS', 'Value of "this" must be of type Dir');
    return this.#path;
  }

  #next() {
    return ArrayPrototypeShift(this.#entries) ?? null;
  }

  readSync() {
    if (this.#closed) throw closedError();
    if (this.#waiting.length > 0) throw busyError();
    return this.#next();
  }

  closeSync() {
    if (this.#closed) throw closedError();
    if (this.#waiting.length > 0) throw busyError();
    this.#closed = true;
  }

  read(callback) {
    if (callback === undefined) return new Promise((resolve, reject) => this.#queue(() => this.#next(), resolve, reject));
    validateFunction(callback, 'callback');
    if (this.#closed) throw closedError();
    return this.#queue(() => this.#next(), (entry) => callback(null, entry), callback);
  }

  close(callback) {
    const end = () => { this.#closed = true; };
    if (callback === undefined) return new Promise((resolve, reject) => this.#queue(end, resolve, reject));
    validateFunction(callback, 'callback');
    if (this.#closed) {
      queueTask(() => callback(closedError()));
      return undefined;
    }
    return this.#queue(end, () => callback(null), callback);
  }

  #queue(work, done, failed) {
    if (this.#closed) {
      failed(closedError());
      return;
    }
    ArrayPrototypePush(this.#waiting, work);
    queueTask(() => {
      ArrayPrototypeShift(this.#waiting);
      if (this.#closed) failed(closedError());
      else done(work());
    });
  }

  async* entries() {
    try {
      for (let entry = await this.read(); entry !== null; entry = await this.read()) yield entry;
    } finally {
      if (!this.#closed) await this.close();
    }
  }

  async [SymbolAsyncDispose]() {
    if (!this.#closed) await this.close();
  }

  [SymbolDispose]() {
    if (!this.#closed) this.closeSync();
  }
}
ObjectDefineProperty(Dir.prototype, SymbolAsyncIterator, { __proto__: null, value: Dir.prototype.entries, writable: true, configurable: true });

export function opendir(path, options = undefined) {
  const text = pathText(path);
  const { encoding, bufferSize = 32, recursive = false } = optionsOf(options, { encoding: 'utf8' });
  if (encoding !== undefined && encoding !== null && typeof encoding !== 'string') throw invalidArgType('options.encoding', 'string', encoding);
  validateInteger(bufferSize, 'options.bufferSize', 1, 2 ** 32 - 1);
  if (recursive !== null) validateBoolean(recursive, 'options.recursive');
  const { node } = locate(path, 'opendir');
  if (node.kind !== 'folder') throw systemError('ENOTDIR', 'opendir', text);
  return new Dir(TOKEN, text, readdir(path, { encoding, recursive, withFileTypes: true }));
}
