// The module `cloudflare:workers`, as far as there is something behind it here.
// https://developers.cloudflare.com/workers/runtime-apis/bindings/#importing-env-as-a-global

import { Error, Proxy, ReflectGet, ReflectGetOwnPropertyDescriptor, ReflectHas, ReflectOwnKeys, ReflectSet } from '../bootstrap/primordials.js';
import { invocationLocal } from '../bootstrap/invocation_local.js';
import { currentInvocation, impure } from '../bootstrap/state.js';
import { createEnv } from '../contracts/env.js';
import { currentEnvironment } from '../node/process_env.js';

const own = invocationLocal(() => createEnv(currentInvocation()));

// While modules are loaded for a snapshot there is no invocation: variables are there, what it could be bound to is not.
function bindings() {
  if (currentInvocation() !== null) return own();
  impure('env of cloudflare:workers');
  return currentEnvironment();
}

/** What handlers get as `env`, for code that is not handed it. */
const env = new Proxy({}, {
  __proto__: null,
  get: (_, name) => ReflectGet(bindings(), name),
  set: (_, name, value) => ReflectSet(bindings(), name, value),
  has: (_, name) => ReflectHas(bindings(), name),
  ownKeys: () => ReflectOwnKeys(bindings()),
  getOwnPropertyDescriptor: (_, name) => ReflectGetOwnPropertyDescriptor(bindings(), name),
});

function waitUntil(promise) {
  const invocation = currentInvocation();
  if (invocation === null) throw new Error('waitUntil: there is no invocation that could wait');
  invocation.waitUntil(promise);
}

/** The base of classes that handle requests: each is made with `ctx` and `env`. */
class WorkerEntrypoint {
  constructor(ctx, given) {
    this.ctx = ctx;
    this.env = given;
  }
}

export const exports = { __proto__: null, __esModule: true, WorkerEntrypoint, env, waitUntil };
