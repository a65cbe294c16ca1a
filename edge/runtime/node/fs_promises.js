// node:fs/promises: https://nodejs.org/api/fs.html#promises-api

import { ReflectApply, SymbolAsyncDispose } from '../bootstrap/primordials.js';
import { constants } from './internal/fs/constants.js';
import { isPieces, writePieces } from './internal/fs/pieces.js';
import { named } from './internal/named.js';
import { cpLater } from './internal/fs/cp.js';
import { withPromise } from './internal/fs/deferred.js';
import { opendir } from './internal/fs/dir.js';
import { FileHandle } from './internal/fs/file_handle.js';
import * as files from './internal/fs/files.js';
import * as folders from './internal/fs/folders.js';
import * as meta from './internal/fs/meta.js';
import { watch } from './internal/fs/refused.js';

// A FileHandle may stand for a path.
const onPath = (operation) =>
  withPromise((...args) => {
    if (args[0] instanceof FileHandle) args[0] = args[0].fd;
    return ReflectApply(operation, undefined, args);
  });

const { appendFile, copyFile, readFile, truncate, writeFile } = files;
const { mkdir, mkdtemp, mkdtempDisposable, readdir, rm, rmdir } = folders;
const { access, chmod, chown, lchmod, lchown, link, lstat, lutimes, readlink, realpath, rename, stat, statfs, symlink, unlink, utimes } = meta;
const operations = {
  __proto__: null,
  access, appendFile, chmod, chown, copyFile, lchmod, lchown, link, lstat, lutimes, mkdir, mkdtemp, opendir, readdir, readFile, readlink, realpath,
  rename, rm, rmdir, stat, statfs, symlink, truncate, unlink, utimes, writeFile,
};

const promises = { constants, FileHandle, watch, open: withPromise((path, flags, mode) => new FileHandle(files.open(path, flags, mode))) };
for (const name in operations) promises[name] = onPath(operations[name]);
promises.cp = cpLater;
const WHOLE = ['writeFile', 'appendFile'];
for (let i = 0; i < WHOLE.length; i++) {
  const name = WHOLE[i];
  const whole = promises[name];
  promises[name] = named(name, (path, data, options) => (isPieces(data) ? writePieces(path, data, options, name === 'appendFile' ? 'a' : 'w') : whole(path, data, options)));
}
promises.glob = (pattern, options) => import('./internal/fs/glob.js').globLater(pattern, options);
promises.mkdtempDisposable = async (prefix, options) => {
  const { path, remove } = mkdtempDisposable(prefix, options);
  const later = withPromise(remove);
  return { path, remove: later, [SymbolAsyncDispose]: later };
};

export default promises;
