// Forms with nested names, as Express's extended parser reads them: https://github.com/ljharb/qs
// Loaded for a form that has such names.

import makeParse from 'commonjs:qs/lib/parse.js';
import { MathMax, RangeError, WeakMap, WeakMapPrototypeGet, WeakMapPrototypeSet } from '../../bootstrap/primordials.js';
import { httpError } from './errors.js';

const MAX_DEPTH = 32;

// What qs notes of objects.
function createNotes() {
  const notes = new WeakMap();
  return {
    get: (key) => WeakMapPrototypeGet(notes, key),
    has: (key) => WeakMapPrototypeGet(notes, key) !== undefined,
    set: (key, value) => { WeakMapPrototypeSet(notes, key, value); },
  };
}

let parse = null;

/** `count` is the number of its fields. */
export function parseNested(text, count, limit) {
  parse ??= makeParse(() => createNotes);
  try {
    return parse(text, { allowPrototypes: true, arrayLimit: MathMax(100, count), depth: MAX_DEPTH, parameterLimit: limit, strictDepth: true });
  } catch (error) {
    if (error instanceof RangeError) throw httpError(400, `a name in the form is nested deeper than ${MAX_DEPTH} levels`);
    throw error;
  }
}
