// fs.Stats, fs.BigIntStats and fs.StatFs: https://nodejs.org/api/fs.html#class-fsstats

import { BigInt, Date, DateNow, MathCeil, MathTrunc, ObjectAssign } from '../../../bootstrap/primordials.js';
import { named } from '../named.js';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from './constants.js';

const BLOCK = 512;
const TIMES = ['atime', 'mtime', 'ctime', 'birthtime'];

class Kind {
  isFile() { return (Number(this.mode) & S_IFMT) === S_IFREG; }
  isDirectory() { return (Number(this.mode) & S_IFMT) === S_IFDIR; }
  isSymbolicLink() { return (Number(this.mode) & S_IFMT) === S_IFLNK; }
  isBlockDevice() { return false; }
  isCharacterDevice() { return false; }
  isFIFO() { return false; }
  isSocket() { return false; }
}

export const Stats = named('Stats', class extends Kind {});
export const BigIntStats = named('BigIntStats', class extends Kind {});

/** The Stats of a node of a tree (see trees). */
export function statsOf(node, bigint = false) {
  const { size, mode, ino, times, dev } = node;
  const fields = { dev, mode, nlink: 1, uid: 0, gid: 0, rdev: 0, blksize: 4096, ino, size, blocks: MathCeil(size / BLOCK) };
  const stats = bigint ? new BigIntStats() : new Stats();
  if (!bigint) ObjectAssign(stats, fields);
  else for (const name in fields) stats[name] = BigInt(fields[name]);
  for (let i = 0; i < TIMES.length; i++) addTime(stats, TIMES[i], times[TIMES[i]], bigint);
  return stats;
}

function addTime(stats, name, milliseconds, bigint) {
  stats[`${name}Ms`] = bigint ? BigInt(MathTrunc(milliseconds)) : milliseconds;
  if (bigint) stats[`${name}Ns`] = BigInt(MathTrunc(milliseconds)) * 1000000n;
  stats[name] = new Date(milliseconds);
}

/** The times of a node that is made now. */
export function timesNow() {
  const now = DateNow();
  return { __proto__: null, atime: now, mtime: now, ctime: now, birthtime: now };
}
