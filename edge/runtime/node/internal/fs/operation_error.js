// Errors of what is more than one system call: https://nodejs.org/api/errors.html#class-systemerror

import { Error, ObjectDefineProperty } from '../../../bootstrap/primordials.js';
import { coded } from '../errors.js';

const PROBLEMS = {
  __proto__: null,
  ERR_FS_CP_DIR_TO_NON_DIR: ['Cannot overwrite non-directory with directory', 'EISDIR', 21], ERR_FS_CP_EEXIST: ['Target already exists', 'EEXIST', 17],
  ERR_FS_CP_EINVAL: ['Invalid src or dest', 'EINVAL', 22], ERR_FS_CP_NON_DIR_TO_DIR: ['Cannot overwrite directory with non-directory', 'ENOTDIR', 20],
  ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY: ['Cannot overwrite symlink in subdirectory of self', 'EINVAL', 22], ERR_FS_EISDIR: ['Path is a directory', 'EISDIR', 22],
};

/** What Node calls a SystemError: its message says which operation failed, and why. */
export function operationError(code, operation, reason, path, problem = PROBLEMS[code]) {
  const error = coded(Error, code, `${problem[0]}: ${operation} returned ${problem[1]} (${reason}) ${path}`, operationError);
  ObjectDefineProperty(error, 'name', { __proto__: null, value: 'SystemError', writable: true, configurable: true });
  error.info = { errno: problem[2], code: problem[1], message: reason, path, syscall: operation };
  error.errno = problem[2];
  error.syscall = operation;
  error.path = path;
  return error;
}
