// Errors of the file system, with Node's codes and messages: https://nodejs.org/api/errors.html#common-system-errors
// They name paths as the function wrote them: there is no other file system behind that they could tell about.

import { Error, ErrorCaptureStackTrace } from '../../../bootstrap/primordials.js';

const ERRORS = {
  __proto__: null,
  EACCES: [-13, 'permission denied'],
  EBADF: [-9, 'bad file descriptor'],
  EEXIST: [-17, 'file already exists'],
  EFBIG: [-27, 'file too large'],
  EINVAL: [-22, 'invalid argument'],
  EISDIR: [-21, 'illegal operation on a directory'],
  ELOOP: [-40, 'too many symbolic links encountered'],
  EMFILE: [-24, 'too many open files'],
  ENAMETOOLONG: [-36, 'name too long'],
  ENOENT: [-2, 'no such file or directory'],
  ENOSPC: [-28, 'no space left on device'],
  ENOSYS: [-38, 'function not implemented'],
  ENOTDIR: [-20, 'not a directory'],
  ENOTEMPTY: [-39, 'directory not empty'],
  EPERM: [-1, 'operation not permitted'],
  EROFS: [-30, 'read-only file system'],
  EXDEV: [-18, 'cross-device link not permitted'],
};

/** What a system call failed with; `path` and `dest` are named when they are given. */
export function systemError(code, syscall, path, dest) {
  const { 0: errno, 1: text } = ERRORS[code];
  const where = path === undefined ? '' : ` '${path}'`;
  const error = new Error(`${code}: ${text}, ${syscall}${where}${dest === undefined ? '' : ` -> '${dest}'`}`);
  error.errno = errno;
  error.code = code;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  if (dest !== undefined) error.dest = dest;
  ErrorCaptureStackTrace(error, systemError);
  return error;
}
