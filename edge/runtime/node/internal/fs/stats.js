// fs.Stats, fs.BigIntStats and fs.StatFs: https://nodejs.org/api/fs.html#class-fsstats

import {
  BigInt, Date, FunctionPrototypeCall, MathCeil, MathTrunc, ObjectDefineProperty, ObjectSetPrototypeOf, ReflectConstruct,
} from '../../../bootstrap/primordials.js';
import { readClock } from '../../../bootstrap/tape.js';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from './constants.js';

const BLOCK = 512;
const TIMES = ['atime', 'mtime', 'ctime', 'birthtime'];
const KINDS = { __proto__: null, isFile: S_IFREG, isDirectory: S_IFDIR, isSymbolicLink: S_IFLNK, isBlockDevice: 0o60000, isCharacterDevice: 0o20000, isFIFO: 0o10000, isSocket: 0o140000 };

// What both have; packages call them without `new`, and make some of their own.
function Base(dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks) {
  this.dev = dev;
  this.mode = mode;
  this.nlink = nlink;
  this.uid = uid;
  this.gid = gid;
  this.rdev = rdev;
  this.blksize = blksize;
  this.ino = ino;
  this.size = size;
  this.blocks = blocks;
}

for (const name in KINDS) {
  const methods = { [name]() { return (Number(this.mode) & S_IFMT) === KINDS[name]; } };
  ObjectDefineProperty(Base.prototype, name, { __proto__: null, value: methods[name], writable: true, configurable: true, enumerable: true });
}

/** A time as a Date, which is made when it is asked for. */
function defineTime(Class, name) {
  ObjectDefineProperty(Class.prototype, name, {
    __proto__: null,
    enumerable: true,
    configurable: true,
    get() {
      if (this[`${name}Ms`] === undefined) return undefined;
      const value = new Date(Number(this[`${name}Ms`]));
      ObjectDefineProperty(this, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
      return value;
    },
    set(value) {
      ObjectDefineProperty(this, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    },
  });
}

export function Stats(dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks, atimeMs, mtimeMs, ctimeMs, birthtimeMs) {
  if (!(this instanceof Stats)) return new Stats(dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks, atimeMs, mtimeMs, ctimeMs, birthtimeMs);
  FunctionPrototypeCall(Base, this, dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks);
  this.atimeMs = atimeMs;
  this.mtimeMs = mtimeMs;
  this.ctimeMs = ctimeMs;
  this.birthtimeMs = birthtimeMs;
  return undefined;
}

export function BigIntStats(dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks, atimeNs, mtimeNs, ctimeNs, birthtimeNs) {
  FunctionPrototypeCall(Base, this, dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks);
  this.atimeMs = atimeNs / 1000000n;
  this.mtimeMs = mtimeNs / 1000000n;
  this.ctimeMs = ctimeNs / 1000000n;
  this.birthtimeMs = birthtimeNs / 1000000n;
  this.atimeNs = atimeNs;
  this.mtimeNs = mtimeNs;
  this.ctimeNs = ctimeNs;
  this.birthtimeNs = birthtimeNs;
}

const CLASSES = [Stats, BigIntStats];
for (let at = 0; at < CLASSES.length; at++) {
  const Class = CLASSES[at];
  ObjectSetPrototypeOf(Class.prototype, Base.prototype);
  ObjectSetPrototypeOf(Class, Base);
  for (let i = 0; i < TIMES.length; i++) defineTime(Class, TIMES[i]);
}

/** The Stats of a node of a tree (see trees). */
export function statsOf(node, bigint = false) {
  const { size, mode, ino, times, dev, links = 1 } = node;
  const fields = [dev, mode, links, 0, 0, 0, 4096, ino, size, MathCeil(size / BLOCK)];
  for (let i = 0; i < TIMES.length; i++) fields[10 + i] = times[TIMES[i]];
  if (!bigint) return ReflectConstruct(Stats, fields);
  for (let i = 0; i < fields.length; i++) fields[i] = i < 10 ? BigInt(fields[i]) : BigInt(MathTrunc(fields[i] * 1000)) * 1000n;
  return ReflectConstruct(BigIntStats, fields);
}

/** The times of a node that is made now. */
export function timesNow() {
  const now = readClock();
  return { __proto__: null, atime: now, mtime: now, ctime: now, birthtime: now };
}
