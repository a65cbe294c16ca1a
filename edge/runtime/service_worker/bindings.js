// The bindings of a service worker are globals: `KV.get('key')`, `API_TOKEN`.

import { ObjectHasOwn, ReflectOwnKeys, SafeSet } from '../bootstrap/primordials.js';
import { defineBinding } from '../bootstrap/globals.js';
import { currentEnvironment } from '../node/process_env.js';

const bound = new SafeSet();

// A name that means something else already keeps its meaning.
function bind(name, descriptor) {
  if (typeof name !== 'string' || (ObjectHasOwn(globalThis, name) && !bound.has(name))) return;
  bound.add(name);
  defineBinding(name, descriptor);
}

/** Before the script runs: its top level may read variables.  They are looked up when they are read, as secrets are. */
export function bindVariables() {
  const environment = currentEnvironment();
  const names = ReflectOwnKeys(environment);
  for (let i = 0; i < names.length; i++) {
    bind(names[i], { __proto__: null, get: () => environment[names[i]], set: (value) => defineBinding(names[i], { __proto__: null, value, writable: true }) });
  }
}

/** For one invocation: everything that a module would find in `env`. */
export function bindAll(env) {
  const names = ReflectOwnKeys(env);
  for (let i = 0; i < names.length; i++) bind(names[i], { __proto__: null, value: env[names[i]], writable: true });
}
