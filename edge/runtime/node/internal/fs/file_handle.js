// FileHandle of fs/promises: https://nodejs.org/api/fs.html#class-filehandle

import {
  ArrayBufferIsView, ArrayPrototypeConcat, Error, PromiseReject, PromiseResolve, ReflectApply, SymbolAsyncDispose,
} from '../../../bootstrap/primordials.js';
import { Buffer } from '../buffer/class.js';
import { EventEmitter } from '../emitter.js';
import { coded, invalidArgType } from '../errors.js';
import { withPromise } from './deferred.js';
import * as files from './files.js';
import * as meta from './meta.js';
import { isPieces, writePieces } from './pieces.js';

const BUFFER = 16384;

/** What is told of a handle that was closed. */
function closedError(syscall) {
  const error = new Error('file closed');
  error.code = 'EBADF';
  error.syscall = syscall;
  return error;
}

export class FileHandle extends EventEmitter {
  #fd;

  constructor(fd) {
    super();
    this.#fd = fd;
  }

  get fd() { return this.#fd; }

  close() {
    if (this.#fd < 0) return PromiseResolve();
    const fd = this.#fd;
    this.#fd = -1;
    return withPromise(() => {
      files.close(fd);
      this.emit('close');
    })();
  }

  read(buffer, ...given) {
    return this.#perform('read', () => {
      const named = buffer === undefined || buffer === null || (!ArrayBufferIsView(buffer) && typeof buffer === 'object');
      const options = named ? buffer ?? {} : given.length === 1 && typeof given[0] === 'object' && given[0] !== null ? given[0] : undefined;
      const target = named ? options.buffer ?? Buffer.alloc(BUFFER) : buffer;
      const bytesRead = ReflectApply(files.read, undefined, ArrayPrototypeConcat([this.#fd, target], options === undefined ? given : [options.offset, options.length, options.position]));
      return { __proto__: null, bytesRead, buffer: target };
    });
  }

  write(buffer, ...given) {
    return this.#perform('write', () => ({ __proto__: null, bytesWritten: ReflectApply(files.write, undefined, ArrayPrototypeConcat([this.#fd, buffer], given)), buffer }));
  }

  readv(buffers, position) {
    return this.#perform('readv', () => ({ __proto__: null, bytesRead: files.readv(this.#fd, buffers, position), buffers }));
  }

  writev(buffers, position) {
    return this.#perform('writev', () => ({ __proto__: null, bytesWritten: files.writev(this.#fd, buffers, position), buffers }));
  }

  #perform(syscall, work) {
    return this.#fd < 0 ? PromiseReject(closedError(syscall)) : withPromise(work)();
  }

  createReadStream(options) {
    const { ReadStream } = import('./streams.js');
    return new ReadStream(undefined, { ...options, fd: this });
  }

  createWriteStream(options) {
    const { WriteStream } = import('./streams.js');
    return new WriteStream(undefined, { ...options, fd: this });
  }

  #locked = false;

  readableWebStream(options = {}) {
    if (this.#fd < 0) throw coded(Error, 'ERR_INVALID_STATE', 'Invalid state: The FileHandle is closed');
    if (this.#locked) throw coded(Error, 'ERR_INVALID_STATE', 'Invalid state: The FileHandle is locked');
    if (typeof options !== 'object' || options === null) throw invalidArgType('options', 'Object', options);
    this.#locked = true;
    return import('../stream/web.js').readableToWeb(this.createReadStream({ autoClose: options.autoClose ?? false }), { type: options.type ?? 'bytes' });
  }

  readLines(options) {
    return import('../../readline.js').default.createInterface({ input: this.createReadStream(options), crlfDelay: Infinity });
  }

  [SymbolAsyncDispose]() { return this.close(); }
}

const OPERATIONS = {
  __proto__: null,
  appendFile: files.writeFile, chmod: meta.fchmod, chown: meta.fchown, datasync: files.fdatasync, readFile: files.readFile, stat: meta.fstat,
  sync: files.fsync, truncate: files.ftruncate, utimes: meta.futimes, writeFile: files.writeFile,
};
const SYSCALLS = { __proto__: null, appendFile: 'write', chmod: 'fchmod', chown: 'fchown', datasync: 'fdatasync', readFile: 'read', stat: 'fstat', sync: 'fsync', truncate: 'ftruncate', utimes: 'futime', writeFile: 'write' };

for (const name in OPERATIONS) {
  FileHandle.prototype[name] = function (...args) {
    if (this.fd < 0) return PromiseReject(closedError(SYSCALLS[name]));
    if (OPERATIONS[name] === files.writeFile && isPieces(args[0])) return writePieces(this.fd, args[0], args[1], 'w');
    return ReflectApply(withPromise(OPERATIONS[name]), undefined, ArrayPrototypeConcat([this.fd], args));
  };
}
