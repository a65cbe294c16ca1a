// Cache: https://w3c.github.io/ServiceWorker/#cache-interface

import { ArrayPrototypePush, PromisePrototypeThen, SymbolIterator, TypeError } from '../bootstrap/primordials.js';
import { hostCall } from '../bootstrap/host.js';
import { fetch } from '../fetch/index.js';
import { defineInterface, illegalConstructor, requireArguments } from '../webidl/index.js';
import { checkDuplicates } from './duplicates.js';
import { asked, checkKey, inner, kept, putable, requestOf, responseOf, responsesOf } from './wire.js';

const TOKEN = { __proto__: null };

export class Cache {
  // As text; null for caches.default.
  #name;

  constructor(token = undefined, name = null) {
    if (token !== TOKEN) illegalConstructor();
    this.#name = name;
  }

  async match(request, options = undefined) {
    const name = this.#name;
    requireArguments(arguments.length, 1, 'Cache.match');
    const { value, data } = await hostCall('cache.match', { ...asked(inner(request), options, 'Cache.match'), cache: name });
    return value === null ? undefined : responseOf(value, data);
  }

  async matchAll(request = undefined, options = undefined) {
    const name = this.#name;
    const { value, data } = request === undefined
      ? await hostCall('cache.all', { __proto__: null, cache: name })
      : await hostCall('cache.matchAll', { ...asked(inner(request), options, 'Cache.matchAll'), cache: name });
    return responsesOf(value, data);
  }

  async add(request) {
    const name = this.#name;
    requireArguments(arguments.length, 1, 'Cache.add');
    await addAll(name, [request], 'Cache.add');
  }

  async addAll(requests) {
    const name = this.#name;
    requireArguments(arguments.length, 1, 'Cache.addAll');
    await addAll(name, listOf(requests), 'Cache.addAll');
  }

  async put(request, response) {
    const name = this.#name;
    requireArguments(arguments.length, 2, 'Cache.put');
    const key = inner(request);
    checkKey(key, 'Cache.put');
    await put(name, key, putable(response, 'Cache.put'));
  }

  async delete(request, options = undefined) {
    const name = this.#name;
    requireArguments(arguments.length, 1, 'Cache.delete');
    return (await hostCall('cache.delete', { ...asked(inner(request), options, 'Cache.delete'), cache: name })).value;
  }

  async keys(request = undefined, options = undefined) {
    const name = this.#name;
    const { value } = request === undefined
      ? await hostCall('cache.allKeys', { __proto__: null, cache: name })
      : await hostCall('cache.keys', { ...asked(inner(request), options, 'Cache.keys'), cache: name });
    const requests = [];
    for (let i = 0; i < value.length; i++) ArrayPrototypePush(requests, requestOf(value[i]));
    return requests;
  }
}
defineInterface(Cache, 'Cache');

/** The cache of a name (as text); null for the default one. */
export function createCache(name) {
  return new Cache(TOKEN, name);
}

function listOf(requests) {
  if (requests === null || typeof requests !== 'object' || typeof requests[SymbolIterator] !== 'function') throw new TypeError('Cache.addAll: the requests must be an array');
  const list = [];
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
  for (const request of requests) ArrayPrototypePush(list, request);
  return list;
}

async function put(name, key, response) {
  const args = kept(name, key, response);
  const data = response.body === null ? undefined : (await response.body.readAll()).content;
  await hostCall('cache.put', args, data);
}

// All responses are there before one is kept.
async function addAll(name, requests, what) {
  const keys = [];
  for (let i = 0; i < requests.length; i++) {
    if (requests[i] === undefined) throw new TypeError(`${what}: a request is missing`);
    const key = inner(requests[i]);
    checkKey(key, what);
    ArrayPrototypePush(keys, key);
  }
  const fetched = [];
  for (let i = 0; i < requests.length; i++) {
    ArrayPrototypePush(fetched, fetch(requests[i]));
    // They are awaited in turn: one that fails meanwhile has somebody who listens.
    PromisePrototypeThen(fetched[i], undefined, () => {});
  }
  const states = [];
  for (let i = 0; i < fetched.length; i++) {
    const response = await fetched[i];
    if (!response.ok) throw new TypeError(`${what}: ${keys[i].href()} was answered with status ${response.status}`);
    ArrayPrototypePush(states, putable(response, what));
  }
  checkDuplicates(keys, states, what);
  for (let i = 0; i < states.length; i++) await put(name, keys[i], states[i]);
}
