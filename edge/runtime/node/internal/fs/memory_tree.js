// /tmp: files in memory, private to the invocation and gone with it.

import {
  ArrayPrototypeConcat, ArrayPrototypePush, ArrayPrototypeSlice, ArrayPrototypeSort, MapPrototypeForEach, MathMax, SafeMap, TypedArrayPrototypeFill, TypedArrayPrototypeSet,
  TypedArrayPrototypeSubarray, Uint8Array,
} from '../../../bootstrap/primordials.js';
import { readClock } from '../../../bootstrap/tape.js';
import { utf8Length } from '../../../encoding/utf8.js';
import { S_IFDIR, S_IFLNK, S_IFREG } from './constants.js';
import { systemError } from './errors.js';
import { timesNow } from './stats.js';

export const MAX_BYTES = 512 * 1024 * 1024;
export const MAX_NODES = 10000;
const DEVICE = 2;
const MIN_ROOM = 256;
const MAX_LINKS = 40;
// What a process of Node's has where nobody changed it.
const UMASK = 0o022;
const MAX_NAME = 255;

function checkName(name, syscall, path, dest) {
  if (name.length * 3 > MAX_NAME && utf8Length(name) > MAX_NAME) throw systemError('ENAMETOOLONG', syscall, path, dest);
}

function makeNode(kind, path, mode, ino) {
  return { __proto__: null, kind, path, size: 0, mode, ino, dev: DEVICE, times: timesNow(), readOnly: false, data: null, children: null, target: '', links: 1 };
}

export class MemoryTree {
  #bytes = 0;
  #nodes = 0;
  #inodes = 0;
  #top;

  constructor(path) {
    this.#top = this.#make('folder', path, S_IFDIR | 0o1777, 'mkdir');
  }

  get bytes() { return this.#bytes; }
  get count() { return this.#nodes; }

  /** See package_tree.js. */
  find(segments, follow, hops = 0) {
    let node = this.#top;
    for (let i = 1; i < segments.length; i++) {
      if (node.kind !== 'folder') return node.kind === 'file' ? 'ENOTDIR' : null;
      const next = node.children.get(segments[i]);
      if (next === undefined) return null;
      if (next.kind === 'link' && (follow || i < segments.length - 1)) return this.#follow(next, segments, i, follow, hops);
      node = next;
    }
    return node;
  }

  #follow(link, segments, at, follow, hops) {
    if (hops >= MAX_LINKS) return 'ELOOP';
    const rest = ArrayPrototypeSlice(segments, at + 1);
    const target = ArrayPrototypeConcat(link.segments, rest);
    return target[0] === segments[0] ? this.find(target, follow, hops + 1) : { __proto__: null, kind: 'away', segments: target };
  }

  list(node) {
    const entries = [];
    MapPrototypeForEach(node.children, (child, name) => ArrayPrototypePush(entries, [name, child.kind]));
    return ArrayPrototypeSort(entries, (a, b) => (a[0] < b[0] ? -1 : 1));
  }

  read(node, position, target, offset, length) {
    const end = position + length < node.size ? position + length : node.size;
    if (end <= position) return 0;
    TypedArrayPrototypeSet(target, TypedArrayPrototypeSubarray(node.data, position, end), offset);
    return end - position;
  }

  write(node, position, source) {
    const end = position + source.length;
    this.#resize(node, MathMax(end, node.size), 'write');
    TypedArrayPrototypeSet(node.data, source, position);
    touch(node);
    return source.length;
  }

  truncate(node, size) {
    const before = node.size;
    this.#resize(node, size, 'ftruncate');
    if (size < before) TypedArrayPrototypeFill(node.data, 0, size, before);
    touch(node);
  }

  /** A new file, folder or link in a folder. */
  create(folder, name, kind, mode, syscall, path) {
    checkName(name, syscall, path);
    const type = kind === 'file' ? S_IFREG : kind === 'folder' ? S_IFDIR : S_IFLNK;
    const bits = kind === 'link' ? mode : mode & 0o7777 & ~UMASK;
    const node = this.#make(kind, `${folder.path}/${name}`, type | bits, syscall, path);
    folder.children.set(name, node);
    touch(folder);
    return node;
  }

  /** Another name for a file. */
  link(folder, name, node, syscall, path, dest) {
    checkName(name, syscall, path, dest);
    if (this.#nodes >= MAX_NODES) throw systemError('ENOSPC', syscall, path, dest);
    this.#nodes += 1;
    node.links += 1;
    folder.children.set(name, node);
    touch(folder);
  }

  /** Take a node out of its folder; files that are still open keep their content. */
  remove(folder, name) {
    const node = folder.children.get(name);
    folder.children.delete(name);
    this.#release(node);
    touch(folder);
  }

  move(from, name, to, newName) {
    const node = from.children.get(name);
    const replaced = to.children.get(newName);
    if (replaced === node) return;
    if (replaced !== undefined) this.remove(to, newName);
    from.children.delete(name);
    to.children.set(newName, node);
    rename(node, `${to.path}/${newName}`);
    touch(from);
    touch(to);
  }

  #make(kind, path, mode, syscall, shown) {
    if (this.#nodes >= MAX_NODES) throw systemError('ENOSPC', syscall, shown);
    this.#nodes += 1;
    this.#inodes += 1;
    const node = makeNode(kind, path, mode, this.#inodes);
    if (kind === 'folder') node.children = new SafeMap();
    if (kind === 'file') node.data = new Uint8Array(0);
    return node;
  }

  #release(node) {
    this.#nodes -= 1;
    node.links -= 1;
    if (node.links > 0) return;
    if (node.kind === 'file') this.#bytes -= node.size;
    if (node.kind === 'folder') MapPrototypeForEach(node.children, (child) => this.#release(child));
    node.released = true;
  }

  #resize(node, size, syscall) {
    if (!node.released) {
      if (this.#bytes - node.size + size > MAX_BYTES) throw systemError('ENOSPC', syscall);
      this.#bytes += size - node.size;
    }
    if (size > node.data.length) {
      const larger = new Uint8Array(MathMax(size, node.data.length * 2, MIN_ROOM));
      TypedArrayPrototypeSet(larger, TypedArrayPrototypeSubarray(node.data, 0, node.size));
      node.data = larger;
    }
    node.size = size;
  }
}

function touch(node) {
  const now = readClock();
  node.times.mtime = now;
  node.times.ctime = now;
}

function rename(node, path) {
  node.path = path;
  if (node.kind === 'folder') MapPrototypeForEach(node.children, (child, name) => rename(child, `${path}/${name}`));
}

