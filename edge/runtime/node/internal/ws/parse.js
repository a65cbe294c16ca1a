// The headers of a handshake as ws parses them for others.

import {
  ArrayPrototypePush, Set, SetPrototypeAdd, SetPrototypeHas, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeSplit, StringPrototypeTrim, SyntaxError,
} from '../../../bootstrap/primordials.js';
import { isToken } from '../../../fetch/headers.js';

/** `subprotocol.parse(header)`: a Set of names. */
export function parseProtocols(header) {
  const found = new Set();
  const parts = StringPrototypeSplit(`${header}`, ',');
  for (let i = 0; i < parts.length; i++) {
    const name = StringPrototypeTrim(parts[i]);
    if (!isToken(name)) throw new SyntaxError(`Unexpected character in the subprotocols at part ${i + 1}`);
    if (SetPrototypeHas(found, name)) throw new SyntaxError(`The "${name}" subprotocol is duplicated`);
    SetPrototypeAdd(found, name);
  }
  return found;
}

/** `extension.parse(header)`: name -> a list of its offers, each with lists of values by parameter. */
export function parseExtensions(header) {
  const offers = { __proto__: null };
  const parts = StringPrototypeSplit(`${header}`, ',');
  for (let i = 0; i < parts.length; i++) {
    const fields = StringPrototypeSplit(parts[i], ';');
    const name = StringPrototypeTrim(fields[0]);
    if (!isToken(name)) throw new SyntaxError(`Unexpected character in the extensions at part ${i + 1}`);
    const parameters = { __proto__: null };
    for (let j = 1; j < fields.length; j++) addParameter(parameters, fields[j]);
    ArrayPrototypePush(offers[name] ??= [], parameters);
  }
  return offers;
}

function addParameter(parameters, field) {
  const at = StringPrototypeIndexOf(field, '=');
  const name = StringPrototypeTrim(at < 0 ? field : StringPrototypeSlice(field, 0, at));
  let value = at < 0 ? true : StringPrototypeTrim(StringPrototypeSlice(field, at + 1));
  if (!isToken(name)) throw new SyntaxError('Unexpected character in a parameter of an extension');
  if (typeof value === 'string' && value[0] === '"') value = StringPrototypeSlice(value, 1, -1);
  ArrayPrototypePush(parameters[name] ??= [], value);
}
