// What may be in a header: https://nodejs.org/api/http.html#httpvalidateheadernamename-label

import { ArrayIsArray, String } from '../../../bootstrap/primordials.js';
import { isFieldValue, isToken } from '../../../http/syntax.js';
import { invalidCharacter, invalidHeaderValue, invalidToken } from './errors.js';

export function validateHeaderName(name, label) {
  if (typeof name !== 'string' || !isToken(name)) throw invalidToken(label || 'Header name', typeof name === 'symbol' ? String(name) : name);
}

export function validateHeaderValue(name, value) {
  if (value === undefined) throw invalidHeaderValue(value, name);
  if (!isFieldValue(`${value}`)) throw invalidCharacter('header content', name);
}

/** A value as `setHeader` takes it: text, a number, or a list of them. */
export function validateHeaderValues(name, value) {
  if (!ArrayIsArray(value)) return validateHeaderValue(name, value);
  for (let i = 0; i < value.length; i++) validateHeaderValue(name, value[i]);
  return undefined;
}
