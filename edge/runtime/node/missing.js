// Modules of Node that are not there: to ask for one throws, with the reason of support.json.  A package in node_modules that asks
// for one gets its outline instead (edge/engine/package_modules.py): names whose use throws the same reason.

import { Error, StringPrototypeSlice, StringPrototypeStartsWith } from '../bootstrap/primordials.js';
import support from './support.json';

const OUTLINE = 'outline:';

/** The outline of a module; throws for one that is asked for by its own name. */
export function absentBuiltin(name) {
  if (!StringPrototypeStartsWith(name, OUTLINE)) throw missingBuiltin(name);
  const plain = StringPrototypeSlice(name, OUTLINE.length);
  return import('./outlines.js').outlineOf(plain, support[plain]?.reason ?? 'it is not available in edge');
}

function missingBuiltin(name) {
  const { reason, refused } = support[name] ?? support[`node:${name}`] ?? { reason: undefined, refused: false };
  const error = new Error(reason === undefined ? `Cannot find module 'node:${name}'` : `Cannot use module '${name}': ${reason}`);
  error.code = refused === true ? 'ERR_UNKNOWN_BUILTIN_MODULE' : 'MODULE_NOT_FOUND';
  return error;
}
