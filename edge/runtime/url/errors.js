// The errors of URL and URLSearchParams with the codes and messages that Node gives them: https://nodejs.org/api/errors.html
// The standard says which class an error has, and leaves the rest open.

import { ArrayPrototypeJoin, TypeError } from '../bootstrap/primordials.js';

function coded(code, message) {
  const error = new TypeError(message);
  error.code = code;
  return error;
}

export const invalidThis = (name) => coded('ERR_INVALID_THIS', `Value of "this" must be of type ${name}`);

/** `names` are the arguments that must be there. */
export function missingArguments(names) {
  const quoted = `"${ArrayPrototypeJoin(names, '" and "')}"`;
  return coded('ERR_MISSING_ARGS', `The ${quoted} argument${names.length > 1 ? 's' : ''} must be specified`);
}

export function invalidURL(input, base) {
  const error = coded('ERR_INVALID_URL', 'Invalid URL');
  error.input = input;
  if (base !== undefined) error.base = base;
  return error;
}

/** Of forEach. */
export function invalidCallback(callback) {
  return import('../node/internal/errors.js').invalidArgType('callback', 'function', callback);
}
