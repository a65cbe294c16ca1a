// Where a path leads: /app is the package, /tmp is memory, and there is nothing else.

import { ArrayPrototypeSlice, StringPrototypeEndsWith } from '../../../bootstrap/primordials.js';
import { invocationLocal } from '../../../bootstrap/invocation_local.js';
import { systemError } from './errors.js';
import { MemoryTree } from './memory_tree.js';
import { packageTree, readOnly, rootTree } from './package_tree.js';
import { pathText, segmentsOf } from './paths.js';

const MAX_HOPS = 40;
const MAX_PATH = 4096;

/** The invocation's own /tmp. */
export const temporary = invocationLocal(() => new MemoryTree('/tmp'));

function treeOf(segments) {
  if (segments[0] === 'app') return packageTree;
  return segments[0] === 'tmp' ? temporary() : rootTree;
}

/** `{tree, node, segments, text}` of a path; `node` is null when there is nothing.  Throws when a part of the way is no folder. */
export function find(path, syscall, follow = true) {
  const text = pathText(path);
  // There is nothing at the path that is empty.
  if (text === '') throw systemError('ENOENT', syscall, text);
  if (text.length > MAX_PATH) throw systemError('ENAMETOOLONG', syscall, text);
  let segments = segmentsOf(text);
  for (let hops = 0; hops < MAX_HOPS; hops++) {
    const tree = treeOf(segments);
    const node = tree.find(segments, follow);
    if (typeof node === 'string') throw systemError(node, syscall, text);
    if (node?.kind === 'away') {
      ({ segments } = node);
      continue;
    }
    if (node?.kind === 'file' && StringPrototypeEndsWith(text, '/')) throw systemError('ENOTDIR', syscall, text);
    return { __proto__: null, tree, node, segments, text };
  }
  throw systemError('ELOOP', syscall, text);
}

/** The same for what must be there. */
export function locate(path, syscall, follow = true) {
  const found = find(path, syscall, follow);
  if (found.node === null) throw systemError('ENOENT', syscall, found.text);
  return found;
}

/** The folder, in memory, in which `segments` has or would have its place: `{tree, folder, name}`.  Throws where nothing can be written. */
export function placeOf({ segments, text }, syscall, dest) {
  if (segments[0] !== 'tmp') throw readOnly(syscall, text, dest);
  if (segments.length === 1) throw systemError('EPERM', syscall, text, dest);
  const tree = temporary();
  const folder = tree.find(ArrayPrototypeSlice(segments, 0, -1), true);
  if (folder === null) throw systemError('ENOENT', syscall, text, dest);
  if (typeof folder === 'string') throw systemError(folder, syscall, text, dest);
  if (folder.kind === 'away') throw readOnly(syscall, text, dest);
  if (folder.kind !== 'folder') throw systemError('ENOTDIR', syscall, text, dest);
  return { __proto__: null, tree, folder, name: segments[segments.length - 1] };
}
