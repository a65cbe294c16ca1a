// FileHandle of fs/promises: https://nodejs.org/api/fs.html#class-filehandle

import { ArrayPrototypeConcat, ArrayPrototypePop, ArrayBufferIsView, PromiseResolve, ReflectApply, StringPrototypeSplit, SymbolAsyncDispose } from '../../../bootstrap/primordials.js';
import { Buffer } from '../buffer/class.js';
import { EventEmitter } from '../emitter.js';
import { withPromise } from './deferred.js';
import * as files from './files.js';
import * as meta from './meta.js';

const BUFFER = 16384;

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
    return withPromise(() => {
      const named = buffer === undefined || (!ArrayBufferIsView(buffer) && typeof buffer === 'object');
      const options = named ? buffer ?? {} : undefined;
      const target = named ? options.buffer ?? Buffer.alloc(BUFFER) : buffer;
      const bytesRead = ReflectApply(files.read, undefined, ArrayPrototypeConcat([this.#fd, target], named ? [options] : given));
      return { __proto__: null, bytesRead, buffer: target };
    })();
  }

  write(buffer, ...given) {
    return withPromise(() => ({ __proto__: null, bytesWritten: ReflectApply(files.write, undefined, ArrayPrototypeConcat([this.#fd, buffer], given)), buffer }))();
  }

  readv(buffers, position) {
    return withPromise(() => ({ __proto__: null, bytesRead: files.readv(this.#fd, buffers, position), buffers }))();
  }

  writev(buffers, position) {
    return withPromise(() => ({ __proto__: null, bytesWritten: files.writev(this.#fd, buffers, position), buffers }))();
  }

  createReadStream(options) {
    const { ReadStream } = import('./streams.js');
    return new ReadStream(undefined, { ...options, fd: this });
  }

  createWriteStream(options) {
    const { WriteStream } = import('./streams.js');
    return new WriteStream(undefined, { ...options, fd: this });
  }

  readableWebStream(options = {}) {
    return import('../stream/web.js').readableToWeb(this.createReadStream({ autoClose: false }), { type: options.type ?? 'bytes' });
  }

  async* readLines(options) {
    let rest = '';
    // eslint-disable-next-line no-restricted-syntax -- a stream of ours
    for await (const chunk of this.createReadStream({ encoding: 'utf8', ...options })) {
      const lines = StringPrototypeSplit(rest + chunk, '\n');
      rest = ArrayPrototypePop(lines);
      yield* lines;
    }
    if (rest !== '') yield rest;
  }

  [SymbolAsyncDispose]() { return this.close(); }
}

const OPERATIONS = {
  __proto__: null,
  appendFile: files.writeFile, chmod: meta.fchmod, chown: meta.fchown, datasync: files.fdatasync, readFile: files.readFile, stat: meta.fstat,
  sync: files.fsync, truncate: files.ftruncate, utimes: meta.futimes, writeFile: files.writeFile,
};

for (const name in OPERATIONS) {
  FileHandle.prototype[name] = function (...args) {
    return withPromise(() => ReflectApply(OPERATIONS[name], undefined, ArrayPrototypeConcat([this.fd], args)))();
  };
}
