// /app: the files of the package, read from the host when they are wanted (edge/engine/package_files.py).
//
// A node has kind ('file', 'folder' or 'link'), path (as it is really called), size, mode, ino, dev and times.

import { ArrayPrototypeSlice, MathMin, SafeMap, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet } from '../../../bootstrap/primordials.js';
import { hostCallSync } from '../../../bootstrap/host.js';
import { S_IFDIR, S_IFLNK, S_IFREG } from './constants.js';
import { systemError } from './errors.js';
import { joined } from './paths.js';

const PIECE = 1048576;
const DEVICE = 1;

// Made when first wanted: a snapshot does not hold them.
let modes = null;
let inodes = null;
let longAgo = null;

function prepare() {
  modes = { __proto__: null, file: S_IFREG | 0o444, folder: S_IFDIR | 0o555, link: S_IFLNK | 0o777 };
  longAgo = { __proto__: null, atime: 0, mtime: 0, ctime: 0, birthtime: 0 };
  inodes = new SafeMap();
}

function inodeOf(path) {
  let found = inodes.get(path);
  if (found === undefined) inodes.set(path, (found = inodes.size + 1));
  return found;
}

function nodeOf(kind, path, size) {
  if (inodes === null) prepare();
  return { __proto__: null, kind, path, size, mode: modes[kind], ino: inodeOf(path), dev: DEVICE, times: longAgo, readOnly: true, target: '' };
}

const stat = (segments) => hostCallSync('package.stat', { __proto__: null, path: joined(segments) }).value;

export const packageTree = {
  __proto__: null,

  /** The node at a path, behind all links but, without `follow`, the last; null when there is none, or why not. */
  find(segments, follow) {
    const found = stat(segments);
    const above = ArrayPrototypeSlice(segments, 0, -1);
    if (found === null) return segments.length > 2 && stat(above)?.kind === 'file' ? 'ENOTDIR' : null;
    const { kind, size, real } = found;
    if (follow || segments.length < 2 || real === `${stat(above).real}/${segments[segments.length - 1]}`) return nodeOf(kind, real, size);
    const link = nodeOf('link', joined(segments), real.length);
    link.target = real;
    return link;
  },

  /** `[name, kind]` of all that is in a folder. */
  list: (node) => hostCallSync('package.list', { __proto__: null, path: node.path }).value,

  /** Bytes from `position` on into `target`; how many there were. */
  read(node, position, target, offset, length) {
    const wanted = MathMin(length, node.size - position);
    let got = 0;
    while (got < wanted) {
      const { data } = hostCallSync('package.read', { __proto__: null, path: node.path, offset: position + got, length: MathMin(PIECE, wanted - got) });
      const count = TypedArrayPrototypeGetLength(data);
      if (count === 0) break;
      TypedArrayPrototypeSet(target, data, offset + got);
      got += count;
    }
    return got;
  },
};

/** `/` itself, which holds the two others. */
export const rootTree = {
  __proto__: null,
  find: (segments) => (segments.length === 0 ? nodeOf('folder', '/', 0) : null),
  list: () => [['app', 'folder'], ['tmp', 'folder']],
};

/** Writing to a path where nothing can be written. */
export const readOnly = (syscall, path, dest) => systemError('EROFS', syscall, path, dest);
