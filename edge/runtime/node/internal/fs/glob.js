// fs.glob: https://nodejs.org/api/fs.html#fsglobsyncpattern-options

import {
  ArrayIsArray, ArrayPrototypeConcat, ArrayPrototypeJoin, ArrayPrototypePop, ArrayPrototypePush, ArrayPrototypeSlice, MapPrototypeForEach, SafeMap, SafeSet, StringPrototypeStartsWith,
} from '../../../bootstrap/primordials.js';
import { invalidArgType, validateObject } from '../errors.js';
import { Dirent } from './dirent.js';
import { expanded, fits, parsed } from './glob_pattern.js';
import { find } from './locate.js';
import { joined, pathText, segmentsOf } from './paths.js';

const MAX_FOUND = 100000;

function parsedAll(pattern, name) {
  const patterns = ArrayIsArray(pattern) ? pattern : [pattern];
  const all = [];
  for (let i = 0; i < patterns.length; i++) {
    if (typeof patterns[i] !== 'string') throw invalidArgType(name, ['string', 'string[]'], pattern);
    const each = expanded(patterns[i]);
    for (let at = 0; at < each.length; at++) ArrayPrototypePush(all, parsed(each[at]));
  }
  return all;
}

/** What is left out: by a function, or by patterns. */
function excluderOf(exclude, withFileTypes, cwd) {
  if (exclude === undefined || exclude === null) return () => false;
  if (typeof exclude === 'function') return (entry) => exclude(withFileTypes ? entry.dirent() : entry.path);
  if (!ArrayIsArray(exclude)) throw invalidArgType('options.exclude', ['function', 'string[]'], exclude);
  const patterns = parsedAll(exclude, 'options.exclude');
  return ({ path }) => {
    const full = segmentsOf(path[0] === '/' ? path : `${cwd}/${path}`);
    const relative = segmentsOf(`/${path}`);
    for (let i = 0; i < patterns.length; i++) if (fits(patterns[i].absolute ? full : relative, patterns[i].segments)) return true;
    return false;
  };
}

class Search {
  #root;
  #shown;
  #excluded;
  #lists = new SafeMap();
  #done = new SafeSet();

  constructor(root, shown, excluded, found) {
    this.#root = root;
    this.#shown = shown;
    this.#excluded = excluded;
    this.found = found;
  }

  run({ segments, folders }, number) {
    this.#step([], segments, folders, 0, `${number}`);
  }

  #place(names) {
    return joined(segmentsOf(`${this.#root}/${ArrayPrototypeJoin(names, '/')}`));
  }

  /** `[[name, kind]]` of a folder; nothing for what is none. */
  #list(names) {
    const place = this.#place(names);
    let list = this.#lists.get(place);
    if (list === undefined) {
      const { node, tree } = find(place, 'scandir');
      list = node?.kind === 'folder' ? tree.list(node) : null;
      this.#lists.set(place, list);
    }
    return list;
  }

  #add(names, folders) {
    if (folders && this.#list(names) === null) return;
    const path = this.#shown + (ArrayPrototypeJoin(names, '/') || (this.#shown === '' ? '.' : ''));
    if (this.found.has(path) || this.found.size >= MAX_FOUND) return;
    const name = names.length > 0 ? names[names.length - 1] : '.';
    this.found.set(path, () => new Dirent(name, this.#place(ArrayPrototypeSlice(names, 0, -1)), find(this.#place(names), 'lstat', false).node?.kind ?? 'file'));
  }

  #step(names, segments, folders, at, number) {
    const key = `${number}:${at}:${ArrayPrototypeJoin(names, '/')}`;
    if (this.#done.has(key) || this.#done.size > MAX_FOUND) return;
    this.#done.add(key);
    if (at === segments.length) {
      this.#add(names, folders);
      return;
    }
    const segment = segments[at];
    if (segment === '**') this.#deep(names, segments, folders, at, number);
    else if (segment === '..') this.#up(names, segments, folders, at, number);
    else if (typeof segment === 'string') {
      if (this.#list(names) === null || find(this.#place(ArrayPrototypeConcat(names, [segment])), 'lstat', false).node === null) return;
      this.#enter(names, segment, undefined, (inner) => this.#step(inner, segments, folders, at + 1, number));
    } else {
      const list = this.#list(names) ?? [];
      for (let i = 0; i < list.length; i++) if (segment.test(list[i][0])) this.#enter(names, list[i][0], list[i][1], (inner) => this.#step(inner, segments, folders, at + 1, number));
    }
  }

  #up(names, segments, folders, at, number) {
    if (this.#list(names) === null) return;
    const above = ArrayPrototypeSlice(names);
    if (above.length > 0 && above[above.length - 1] !== '..') ArrayPrototypePop(above);
    else ArrayPrototypePush(above, '..');
    this.#step(above, segments, folders, at + 1, number);
  }

  // A link is as deep as `**` goes.
  #deep(names, segments, folders, at, number) {
    this.#step(names, segments, folders, at + 1, number);
    const list = this.#list(names) ?? [];
    const isLast = at === segments.length - 1;
    for (let i = 0; i < list.length; i++) {
      const kind = list[i][1];
      if (StringPrototypeStartsWith(list[i][0], '.')) continue;
      this.#enter(names, list[i][0], kind, (inner) => {
        if (kind === 'folder') this.#step(inner, segments, folders, at, number);
        else if (isLast || kind === 'link') this.#step(inner, segments, folders, at + 1, number);
      });
    }
  }

  #enter(names, name, kind, go) {
    const inner = ArrayPrototypeSlice(names);
    ArrayPrototypePush(inner, name);
    const place = () => new Dirent(name, this.#place(names), kind ?? find(this.#place(inner), 'lstat', false).node.kind);
    if (!this.#excluded({ __proto__: null, path: this.#shown + ArrayPrototypeJoin(inner, '/'), dirent: place })) go(inner);
  }
}

/** The names of all that a pattern, or one of several, fits. */
export function glob(pattern, options = undefined) {
  if (options !== undefined) validateObject(options, 'options');
  const withFileTypes = options?.withFileTypes ?? false;
  const cwd = joined(segmentsOf(options?.cwd === undefined ? '/app' : pathText(options.cwd, 'options.cwd')));
  const excluded = excluderOf(options?.exclude, withFileTypes, cwd);
  const patterns = parsedAll(pattern, 'patterns');
  const found = new SafeMap();
  const relative = new Search(cwd, '', excluded, found);
  const absolute = new Search('', '/', excluded, found);
  for (let i = 0; i < patterns.length; i++) (patterns[i].absolute ? absolute : relative).run(patterns[i], i);
  const results = [];
  MapPrototypeForEach(found, (dirent, path) => ArrayPrototypePush(results, withFileTypes ? dirent() : path));
  return results;
}

/** The same, one by one. */
export async function* globLater(pattern, options) {
  const found = glob(pattern, options);
  for (let i = 0; i < found.length; i++) yield found[i];
}
