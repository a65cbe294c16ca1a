// fs.cp: https://nodejs.org/api/fs.html#fscpsyncsrc-dest-options

import { Promise, ReflectApply, StringPrototypeSlice, StringPrototypeLastIndexOf, TypeError } from '../../../bootstrap/primordials.js';
import { queueTask } from '../../../bootstrap/tasks.js';
import { coded, validateBoolean, validateFunction, validateObject } from '../errors.js';
import { COPYFILE_EXCL } from './constants.js';
import { copyFile, toCopyMode } from './files.js';
import { mkdir, readdir } from './folders.js';
import { find } from './locate.js';
import { chmod, lstat, readlink, stat, symlink, unlink, utimes } from './meta.js';
import { operationError } from './operation_error.js';
import { joined, pathText, segmentsOf } from './paths.js';

const FLAGS = { __proto__: null, dereference: false, errorOnExist: false, force: true, preserveTimestamps: false, recursive: false, verbatimSymlinks: false };
function optionsFrom(options) {
  if (options !== undefined) validateObject(options, 'options');
  const known = { __proto__: null, ...FLAGS };
  for (const name in FLAGS) {
    if (options?.[name] === undefined) continue;
    validateBoolean(options[name], `options.${name}`);
    known[name] = options[name];
  }
  known.mode = toCopyMode(options?.mode);
  known.filter = options?.filter;
  if (known.dereference && known.verbatimSymlinks) throw coded(TypeError, 'ERR_INCOMPATIBLE_OPTION_PAIR', 'Option "dereference" cannot be used in combination with option "verbatimSymlinks"');
  if (known.filter !== undefined) validateFunction(known.filter, 'options.filter');
  return known;
}

const kindOf = (path, follow) => find(path, follow ? 'stat' : 'lstat', follow).node;
const isFolder = (node) => node !== null && node.kind === 'folder';

function isBelow(inner, outer) {
  const a = segmentsOf(outer);
  const b = segmentsOf(inner);
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The nodes of both ends; throws when they do not fit. */
function checkEnds(from, to, options) {
  const source = (options.dereference ? stat : lstat)(from) && kindOf(from, options.dereference);
  const target = kindOf(to, options.dereference);
  if (target !== null) {
    if (target === source || (source.readOnly && target.readOnly && source.path === target.path)) throw operationError('ERR_FS_CP_EINVAL', 'cp', 'src and dest cannot be the same', to);
    if (isFolder(source) && !isFolder(target)) throw operationError('ERR_FS_CP_DIR_TO_NON_DIR', 'cp', `cannot overwrite non-directory ${to} with directory ${from}`, to);
    if (!isFolder(source) && isFolder(target)) throw operationError('ERR_FS_CP_NON_DIR_TO_DIR', 'cp', `cannot overwrite directory ${to} with non-directory ${from}`, to);
  }
  if (isFolder(source) && isBelow(to, from)) throw operationError('ERR_FS_CP_EINVAL', 'cp', `cannot copy ${from} to a subdirectory of self ${to}`, to);
  checkParents(source, from, to);
  return { __proto__: null, source, target };
}

// The folder may be found again above the target, by another name.
function checkParents(source, from, to) {
  if (!isFolder(source)) return;
  const segments = segmentsOf(to);
  for (let end = segments.length - 1; end > 0; end--) {
    segments.length = end;
    if (kindOf(joined(segments), true) === source) throw operationError('ERR_FS_CP_EINVAL', 'cp', `cannot copy ${from} to a subdirectory of self ${to}`, to);
  }
}

// A generator: it gives what the filter said, which may be a promise, and is told whether to go on.
function* copyAll(from, to, options) {
  if (options.filter !== undefined && !(yield ReflectApply(options.filter, undefined, [from, to]))) return;
  const { source, target } = checkEnds(from, to, options);
  const parent = folderOf(to);
  if (kindOf(parent, true) === null) mkdir(parent, { recursive: true });
  yield* copyOne(from, to, source, target, options);
}

function folderOf(path) {
  const segments = segmentsOf(path);
  segments.length -= segments.length > 0 ? 1 : 0;
  return joined(segments);
}

function* copyOne(from, to, source, target, options) {
  if (isFolder(source)) {
    if (!options.recursive) throw operationError('ERR_FS_EISDIR', 'cp', `${from} is a directory (not copied)`, from);
    yield* copyFolder(from, to, source, target, options);
  } else if (source.kind === 'link') copyLink(from, to, target, options);
  else copyContent(from, to, source, target, options);
}

function* copyFolder(from, to, source, target, options) {
  if (target === null) mkdir(to, { mode: 0o777 });
  const names = readdir(from);
  for (let i = 0; i < names.length; i++) {
    const inner = `${from}/${names[i]}`;
    const outer = `${to}/${names[i]}`;
    if (options.filter !== undefined && !(yield ReflectApply(options.filter, undefined, [inner, outer]))) continue;
    const ends = checkEnds(inner, outer, options);
    yield* copyOne(inner, outer, ends.source, ends.target, options);
  }
  if (target === null) chmod(to, (source.mode & 0o777) | (source.readOnly ? 0o200 : 0));
}

function copyContent(from, to, source, target, { force, errorOnExist, mode, preserveTimestamps }) {
  if (target !== null) {
    if (!force) {
      if (errorOnExist) throw operationError('ERR_FS_CP_EEXIST', 'cp', `${to} already exists`, to);
      return;
    }
    if (!(mode & COPYFILE_EXCL)) unlink(to);
  }
  copyFile(from, to, mode);
  if (preserveTimestamps) utimes(to, source.times.atime / 1000, source.times.mtime / 1000);
}

const isAbsolute = (path) => path[0] === '/';
const nextTo = (path, target) => (isAbsolute(target) ? target : joined(segmentsOf(`${StringPrototypeSlice(path, 0, StringPrototypeLastIndexOf(path, '/') + 1) || './'}${target}`)));

function copyLink(from, to, target, { verbatimSymlinks }) {
  const text = readlink(from);
  const goal = verbatimSymlinks ? text : nextTo(from, text);
  if (target === null) {
    symlink(goal, to);
    return;
  }
  if (target.kind !== 'link') {
    symlink(goal, to);
    return;
  }
  const old = nextTo(to, readlink(to));
  if (isFolder(kindOf(from, true)) && isBelow(old, goal) && isAbsolute(goal)) throw operationError('ERR_FS_CP_EINVAL', 'cp', `cannot copy ${goal} to a subdirectory of self ${old}`, to);
  if (isFolder(kindOf(to, true)) && isAbsolute(goal) && isBelow(goal, old)) throw operationError('ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY', 'cp', `cannot overwrite ${old} with ${goal}`, to);
  unlink(to);
  symlink(goal, to);
}

function start(from, to, options) {
  return copyAll(pathText(from, 'src'), pathText(to, 'dest'), optionsFrom(options));
}

const isPromise = (value) => typeof value === 'object' && value !== null && typeof value.then === 'function';

export function cpSync(from, to, options) {
  const steps = start(from, to, options);
  for (let step = steps.next(); !step.done; step = steps.next(step.value)) {
    if (isPromise(step.value)) throw coded(TypeError, 'ERR_INVALID_RETURN_VALUE', 'Expected boolean to be returned from the "filter" function but got an instance of Promise.');
  }
}

async function finish(steps) {
  for (let step = steps.next(); !step.done;) step = steps.next(isPromise(step.value) ? await step.value : step.value);
}

/** https://nodejs.org/api/fs.html#fspromisescpsrc-dest-options */
export async function cpLater(from, to, options) {
  const steps = start(from, to, options);
  await new Promise((resolve) => queueTask(resolve));
  await finish(steps);
}

/** https://nodejs.org/api/fs.html#fscpsrc-dest-options-callback */
export function cp(from, to, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  validateFunction(done, 'cb');
  const steps = start(from, to, typeof options === 'function' ? undefined : options);
  queueTask(async () => {
    let problem = null;
    try {
      await finish(steps);
    } catch (error) {
      problem = error;
    }
    queueTask(() => done(problem));
  });
}
