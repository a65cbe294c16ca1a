// process.env: the environment of the function, read-only; the same for all invocations of an isolate.  https://nodejs.org/api/process.html#processenv
//
// Writing has no effect and does not throw: libraries set defaults in it.

import { DateNow, ObjectDefineProperty, ObjectKeys, Proxy, ReflectOwnKeys } from '../bootstrap/primordials.js';
import { impure, isBuilding } from '../bootstrap/state.js';

const DEFAULTS = { __proto__: null, NODE_ENV: 'production' };
const store = {};
let startedAt = 0;

const ignored = () => true;

export const environment = new Proxy(store, {
  __proto__: null,
  set: ignored,
  deleteProperty: ignored,
  defineProperty: ignored,
  setPrototypeOf: () => false,
  preventExtensions: () => false,
});

function define(name, value) {
  ObjectDefineProperty(store, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}

// While a snapshot is built, a secret is not there: who asks for it has to ask again in each invocation.
function defineSecret(name) {
  const get = () => {
    impure(`the secret ${name}`);
    return undefined;
  };
  ObjectDefineProperty(store, name, { __proto__: null, get, enumerable: true, configurable: true });
}

/**
 * Replace the whole environment.
 *
 * @param {Record<string, string>} values
 * @param {string[]} secrets names whose values a snapshot may not hold
 */
export function setEnvironment(values, secrets = []) {
  if (!isBuilding() && startedAt === 0) startedAt = DateNow();
  const old = ReflectOwnKeys(store);
  for (let i = 0; i < old.length; i++) delete store[old[i]];
  const defaults = ObjectKeys(DEFAULTS);
  for (let i = 0; i < defaults.length; i++) define(defaults[i], DEFAULTS[defaults[i]]);
  const names = ObjectKeys(values);
  for (let i = 0; i < names.length; i++) define(names[i], `${values[names[i]]}`);
  for (let i = 0; i < secrets.length; i++) defineSecret(secrets[i]);
}

/** When the isolate's first invocation began, in ms since the Unix epoch. */
export const firstStart = () => startedAt;

/** The environment itself, for the runtime's own use. */
export const currentEnvironment = () => store;

setEnvironment({});
