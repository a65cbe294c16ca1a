// process.env: the environment of the function, read-only; the same for all invocations of an isolate.  https://nodejs.org/api/process.html#processenv
//
// Writing has no effect and does not throw: libraries set defaults in it.  The standard variables come into being when somebody
// asks for what the function's own environment does not have.

import {
  ArrayPrototypePush, ObjectDefineProperty, ObjectKeys, Proxy, ReflectGetOwnPropertyDescriptor, ReflectOwnKeys,
} from '../bootstrap/primordials.js';
import { readClock } from '../bootstrap/tape.js';
import { impure, isBuilding } from '../bootstrap/state.js';

const DEFAULTS = { __proto__: null, NODE_ENV: 'production' };
const store = {};
let standard = null;
let start = null;
let startedAt = 0;

const ignored = () => true;

// `import()` is synchronous here: see bootstrap/chunks.js.
function standardVariables() {
  standard ??= import('./standard_variables.js').createVariables(start);
  return standard;
}

function keysOf(target) {
  const keys = ReflectOwnKeys(target);
  const more = ReflectOwnKeys(standardVariables());
  for (let i = 0; i < more.length; i++) if (!(more[i] in target)) ArrayPrototypePush(keys, more[i]);
  return keys;
}

function descriptorOf(target, key) {
  return ReflectGetOwnPropertyDescriptor(target, key) ?? ReflectGetOwnPropertyDescriptor(standardVariables(), key);
}

export const environment = new Proxy(store, {
  __proto__: null,
  get: (target, key) => (key in target ? target[key] : standardVariables()[key]),
  has: (target, key) => key in target || key in standardVariables(),
  ownKeys: keysOf,
  getOwnPropertyDescriptor: descriptorOf,
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
 * @param {object | null} event what starts the invocation, as the host tells it
 */
export function setEnvironment(values, secrets = [], event = null) {
  if (!isBuilding() && startedAt === 0) startedAt = readClock();
  start = event;
  standard = null;
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

/** The function's own environment, without the standard variables. */
export const currentEnvironment = () => store;

setEnvironment({});
