// What `require` of a module of Node throws that is not there: the reason is that of index.js.

import { Error } from '../bootstrap/primordials.js';
import { absent, refused } from './index.js';

export function missingBuiltin(name) {
  const reason = refused[name] ?? absent[name];
  const error = new Error(reason === undefined ? `Cannot find module 'node:${name}'` : `Cannot use module '${name}': ${reason}`);
  error.code = refused[name] === undefined ? 'MODULE_NOT_FOUND' : 'ERR_UNKNOWN_BUILTIN_MODULE';
  return error;
}
