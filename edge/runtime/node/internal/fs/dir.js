// fs.Dir: https://nodejs.org/api/fs.html#class-fsdir

import { Error, SymbolAsyncDispose, SymbolAsyncIterator, SymbolDispose } from '../../../bootstrap/primordials.js';
import { coded } from '../errors.js';
import { withCallback, withPromise } from './deferred.js';
import { readdir } from './folders.js';
import { pathText } from './paths.js';

export class Dir {
  #entries;
  #at = 0;
  #closed = false;

  constructor(path, options) {
    this.path = pathText(path);
    this.#entries = readdir(path, { ...options, withFileTypes: true });
  }

  readSync() {
    this.#check();
    return this.#at < this.#entries.length ? this.#entries[this.#at++] : null;
  }

  closeSync() {
    this.#check();
    this.#closed = true;
  }

  read(callback) {
    const next = () => this.readSync();
    return callback === undefined ? withPromise(next)() : withCallback(next)(callback);
  }

  close(callback) {
    const end = () => this.closeSync();
    return callback === undefined ? withPromise(end)() : withCallback(end)(callback);
  }

  async* entries() {
    try {
      for (let entry = await this.read(); entry !== null; entry = await this.read()) yield entry;
    } finally {
      if (!this.#closed) await this.close();
    }
  }

  [SymbolAsyncIterator]() { return this.entries(); }

  async [SymbolAsyncDispose]() {
    if (!this.#closed) await this.close();
  }

  [SymbolDispose]() {
    if (!this.#closed) this.closeSync();
  }

  #check() {
    if (this.#closed) throw coded(Error, 'ERR_DIR_CLOSED', 'Directory handle was closed');
  }
}

export const opendir = (path, options = undefined) => new Dir(path, options);
