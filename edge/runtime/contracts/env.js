// What a function finds in its environment: variables, secrets, stores, other functions.

import { ObjectDefineProperty, ReflectOwnKeys, StringPrototypeSlice } from '../bootstrap/primordials.js';
import { createKV } from '../kv/client.js';

// `import()` is synchronous here: see bootstrap/chunks.js.
function createBinding(kind, name) {
  if (kind === 'kv') return createKV();
  if (kind === 'service') return import('../services/index.js').createFetcher(name);
  return import('../bindings/index.js').createPython(name, StringPrototypeSlice(kind, 7)); // python:METHODS
}

/** `env` of the web contract, an ordinary object of the function's own. */
export function createEnv({ env, bindings }) {
  const result = {};
  const add = (name, value) => ObjectDefineProperty(result, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  const variables = ReflectOwnKeys(env);
  for (let i = 0; i < variables.length; i++) add(variables[i], env[variables[i]]);
  const names = ReflectOwnKeys(bindings);
  for (let i = 0; i < names.length; i++) add(names[i], createBinding(bindings[names[i]], names[i]));
  return result;
}
