// What functions have of Node as globals.  The modules are declared by name only: for their types install @types/node and
// take this file out of index.d.ts.

type BufferEncoding = "ascii" | "base64" | "base64url" | "binary" | "hex" | "latin1" | "ucs-2" | "ucs2" | "utf-16le" | "utf-8" | "utf16le" | "utf8";

interface Buffer extends Uint8Array<ArrayBuffer> {
  readonly parent: ArrayBuffer;
  readonly offset: number;
  compare(target: Uint8Array, targetStart?: number, targetEnd?: number, sourceStart?: number, sourceEnd?: number): -1 | 0 | 1;
  copy(target: Uint8Array, targetStart?: number, sourceStart?: number, sourceEnd?: number): number;
  equals(other: Uint8Array): boolean;
  fill(value: string | Uint8Array | number, offset?: number, end?: number, encoding?: BufferEncoding): this;
  fill(value: string | Uint8Array | number, offset: number, encoding: BufferEncoding): this;
  fill(value: string | Uint8Array | number, encoding: BufferEncoding): this;
  includes(value: string | number | Uint8Array, byteOffset?: number, encoding?: BufferEncoding): boolean;
  indexOf(value: string | number | Uint8Array, byteOffset?: number, encoding?: BufferEncoding): number;
  lastIndexOf(value: string | number | Uint8Array, byteOffset?: number, encoding?: BufferEncoding): number;
  slice(start?: number, end?: number): Buffer;
  subarray(start?: number, end?: number): Buffer;
  swap16(): this;
  swap32(): this;
  swap64(): this;
  toJSON(): { type: "Buffer"; data: number[] };
  toString(encoding?: BufferEncoding, start?: number, end?: number): string;
  write(text: string, encoding?: BufferEncoding): number;
  write(text: string, offset: number, encoding?: BufferEncoding): number;
  write(text: string, offset: number, length: number, encoding?: BufferEncoding): number;
  readBigInt64BE(offset?: number): bigint;
  readBigInt64LE(offset?: number): bigint;
  readBigUInt64BE(offset?: number): bigint;
  readBigUInt64LE(offset?: number): bigint;
  readBigUint64BE(offset?: number): bigint;
  readBigUint64LE(offset?: number): bigint;
  readDoubleBE(offset?: number): number;
  readDoubleLE(offset?: number): number;
  readFloatBE(offset?: number): number;
  readFloatLE(offset?: number): number;
  readInt16BE(offset?: number): number;
  readInt16LE(offset?: number): number;
  readInt32BE(offset?: number): number;
  readInt32LE(offset?: number): number;
  readInt8(offset?: number): number;
  readIntBE(offset: number, byteLength: number): number;
  readIntLE(offset: number, byteLength: number): number;
  readUInt16BE(offset?: number): number;
  readUInt16LE(offset?: number): number;
  readUInt32BE(offset?: number): number;
  readUInt32LE(offset?: number): number;
  readUInt8(offset?: number): number;
  readUIntBE(offset: number, byteLength: number): number;
  readUIntLE(offset: number, byteLength: number): number;
  readUint16BE(offset?: number): number;
  readUint16LE(offset?: number): number;
  readUint32BE(offset?: number): number;
  readUint32LE(offset?: number): number;
  readUint8(offset?: number): number;
  readUintBE(offset: number, byteLength: number): number;
  readUintLE(offset: number, byteLength: number): number;
  writeBigInt64BE(value: bigint, offset?: number): number;
  writeBigInt64LE(value: bigint, offset?: number): number;
  writeBigUInt64BE(value: bigint, offset?: number): number;
  writeBigUInt64LE(value: bigint, offset?: number): number;
  writeBigUint64BE(value: bigint, offset?: number): number;
  writeBigUint64LE(value: bigint, offset?: number): number;
  writeDoubleBE(value: number, offset?: number): number;
  writeDoubleLE(value: number, offset?: number): number;
  writeFloatBE(value: number, offset?: number): number;
  writeFloatLE(value: number, offset?: number): number;
  writeInt16BE(value: number, offset?: number): number;
  writeInt16LE(value: number, offset?: number): number;
  writeInt32BE(value: number, offset?: number): number;
  writeInt32LE(value: number, offset?: number): number;
  writeInt8(value: number, offset?: number): number;
  writeIntBE(value: number, offset: number, byteLength: number): number;
  writeIntLE(value: number, offset: number, byteLength: number): number;
  writeUInt16BE(value: number, offset?: number): number;
  writeUInt16LE(value: number, offset?: number): number;
  writeUInt32BE(value: number, offset?: number): number;
  writeUInt32LE(value: number, offset?: number): number;
  writeUInt8(value: number, offset?: number): number;
  writeUIntBE(value: number, offset: number, byteLength: number): number;
  writeUIntLE(value: number, offset: number, byteLength: number): number;
  writeUint16BE(value: number, offset?: number): number;
  writeUint16LE(value: number, offset?: number): number;
  writeUint32BE(value: number, offset?: number): number;
  writeUint32LE(value: number, offset?: number): number;
  writeUint8(value: number, offset?: number): number;
  writeUintBE(value: number, offset: number, byteLength: number): number;
  writeUintLE(value: number, offset: number, byteLength: number): number;
}
declare var Buffer: {
  prototype: Buffer;
  readonly poolSize: number;
  alloc(size: number, fill?: string | Uint8Array | number, encoding?: BufferEncoding): Buffer;
  allocUnsafe(size: number): Buffer;
  allocUnsafeSlow(size: number): Buffer;
  byteLength(value: string | BufferSource, encoding?: BufferEncoding): number;
  compare(a: Uint8Array, b: Uint8Array): -1 | 0 | 1;
  concat(list: readonly Uint8Array[], totalLength?: number): Buffer;
  copyBytesFrom(view: ArrayBufferView, offset?: number, length?: number): Buffer;
  from(text: string, encoding?: BufferEncoding): Buffer;
  from(data: ArrayBuffer, byteOffset?: number, length?: number): Buffer;
  from(data: Uint8Array | ArrayLike<number> | Iterable<number> | { valueOf(): any }): Buffer;
  isBuffer(value: any): value is Buffer;
  isEncoding(encoding: string): encoding is BufferEncoding;
  of(...bytes: number[]): Buffer;
};

interface EventEmitter {
  addListener(event: string | symbol, listener: (...args: any[]) => void): this;
  emit(event: string | symbol, ...args: any[]): boolean;
  eventNames(): (string | symbol)[];
  getMaxListeners(): number;
  listenerCount(event: string | symbol, listener?: Function): number;
  listeners(event: string | symbol): Function[];
  off(event: string | symbol, listener: (...args: any[]) => void): this;
  on(event: string | symbol, listener: (...args: any[]) => void): this;
  once(event: string | symbol, listener: (...args: any[]) => void): this;
  prependListener(event: string | symbol, listener: (...args: any[]) => void): this;
  prependOnceListener(event: string | symbol, listener: (...args: any[]) => void): this;
  rawListeners(event: string | symbol): Function[];
  removeAllListeners(event?: string | symbol): this;
  removeListener(event: string | symbol, listener: (...args: any[]) => void): this;
  setMaxListeners(count: number): this;
}
declare var EventEmitter: {
  prototype: EventEmitter;
  new (options?: { captureRejections?: boolean }): EventEmitter;
  defaultMaxListeners: number;
  on(emitter: EventEmitter, event: string | symbol, options?: { signal?: AbortSignal }): AsyncIterableIterator<any[]>;
  once(emitter: EventEmitter | EventTarget, event: string | symbol, options?: { signal?: AbortSignal }): Promise<any[]>;
  [name: string]: any;
};

interface Process {
  /** Variables and secrets of the function. Writing has no effect. */
  readonly env: Record<string, string | undefined>;
  readonly argv: string[];
  readonly platform: string;
  readonly arch: string;
  readonly pid: number;
  readonly version: string;
  readonly versions: Record<string, string>;
  cwd(): string;
  hrtime: { (time?: [number, number]): [number, number]; bigint(): bigint };
  memoryUsage(): Record<string, number>;
  nextTick<A extends any[]>(callback: (...args: A) => void, ...args: A): void;
  uptime(): number;
  [name: string]: any;
}
declare var process: Process;

interface Require {
  (specifier: string): any;
  resolve(specifier: string): string;
  readonly main: Module | undefined;
  readonly cache: Record<string, any>;
}

interface Module {
  exports: any;
  readonly id: string;
  readonly filename: string;
  readonly path: string;
  readonly loaded: boolean;
  readonly children: Module[];
  readonly require: Require;
}

declare var require: Require;
/** In CommonJS modules. */
declare var module: Module;
/** In CommonJS modules. */
declare var exports: any;
/** In CommonJS modules; ES modules have import.meta.filename. */
declare var __filename: string;
/** In CommonJS modules; ES modules have import.meta.dirname. */
declare var __dirname: string;

declare module "assert";
declare module "assert/strict";
declare module "async_hooks";
declare module "buffer";
declare module "console";
declare module "constants";
declare module "crypto";
declare module "diagnostics_channel";
declare module "dns";
declare module "dns/promises";
declare module "events";
declare module "fs";
declare module "fs/promises";
declare module "http";
declare module "http2";
declare module "https";
declare module "module";
declare module "net";
declare module "node:*";
declare module "os";
declare module "path";
declare module "path/posix";
declare module "path/win32";
declare module "perf_hooks";
declare module "process";
declare module "punycode";
declare module "querystring";
declare module "readline";
declare module "readline/promises";
declare module "stream";
declare module "stream/consumers";
declare module "stream/promises";
declare module "stream/web";
declare module "string_decoder";
declare module "sys";
declare module "timers";
declare module "timers/promises";
declare module "tls";
declare module "tty";
declare module "url";
declare module "util";
declare module "util/types";
declare module "vm";
declare module "ws";
declare module "zlib";
