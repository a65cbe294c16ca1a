// What crossing values have in common, in both directions.  The other side is edge/vm/values/.
//
// A value is JSON.  What JSON has no word for is an object with the one key `$`: `{"$": [TAG, ...]}`; an object of the
// program's own that has such a key is `{"$": ["obj", {...}]}`.

import {
  BigInt64Array, BigUint64Array, Error, EvalError, Float32Array, Float64Array, Int16Array, Int32Array, Int8Array, RangeError, ReferenceError, SyntaxError,
  TypeError, URIError, Uint16Array, Uint32Array,
} from '../bootstrap/primordials.js';

export const ERRORS = { __proto__: null, Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

/** Typed arrays that keep their kind; those of bytes become a Uint8Array. */
export const VIEWS = {
  __proto__: null, BigInt64Array, BigUint64Array, Float32Array, Float64Array, Int16Array, Int32Array, Int8Array, Uint16Array, Uint32Array,
};
