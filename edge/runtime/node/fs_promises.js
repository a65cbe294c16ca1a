// node:fs/promises: https://nodejs.org/api/fs.html#promises-api

import { ReflectApply } from '../bootstrap/primordials.js';
import { constants } from './internal/fs/constants.js';
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
const { cp, mkdir, mkdtemp, readdir, rm, rmdir } = folders;
const { access, chmod, chown, lchmod, lchown, link, lstat, lutimes, readlink, realpath, rename, stat, statfs, symlink, unlink, utimes } = meta;
const operations = {
  __proto__: null,
  access, appendFile, chmod, chown, copyFile, cp, lchmod, lchown, link, lstat, lutimes, mkdir, mkdtemp, opendir, readdir, readFile, readlink, realpath,
  rename, rm, rmdir, stat, statfs, symlink, truncate, unlink, utimes, writeFile,
};

const promises = { constants, FileHandle, watch, open: withPromise((path, flags, mode) => new FileHandle(files.open(path, flags, mode))) };
for (const name in operations) promises[name] = onPath(operations[name]);

export default promises;
