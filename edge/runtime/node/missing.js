// What `require` of a module of Node throws that is not there: the reason is that of support.json.

import { Error } from '../bootstrap/primordials.js';
import support from './support.json';

export function missingBuiltin(name) {
  const { reason, refused } = support[name] ?? support[`node:${name}`] ?? { reason: undefined, refused: false };
  const error = new Error(reason === undefined ? `Cannot find module 'node:${name}'` : `Cannot use module '${name}': ${reason}`);
  error.code = refused === true ? 'ERR_UNKNOWN_BUILTIN_MODULE' : 'MODULE_NOT_FOUND';
  return error;
}
