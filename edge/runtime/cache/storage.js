// CacheStorage: https://w3c.github.io/ServiceWorker/#cachestorage-interface

import { ArrayPrototypePush } from '../bootstrap/primordials.js';
import { hostCall } from '../bootstrap/host.js';
import { defineInterface, illegalConstructor, requireArguments, toDictionary } from '../webidl/index.js';
import { createCache } from './cache.js';
import { asked, inner, nameOf, nameText, responseOf } from './wire.js';

const TOKEN = { __proto__: null };

export class CacheStorage {
  #default = createCache(null);

  constructor(token = undefined) {
    if (token !== TOKEN) illegalConstructor();
  }

  // Not of the standard, but of Cloudflare Workers.
  get default() { return this.#default; }

  async match(request, options = undefined) {
    void this.#default;
    requireArguments(arguments.length, 1, 'CacheStorage.match');
    const args = asked(inner(request), options, 'CacheStorage.match');
    const { cacheName } = toDictionary(options, 'The options of CacheStorage.match');
    const { value, data } = cacheName === undefined
      ? await hostCall('cache.matchAny', args)
      : await hostCall('cache.match', { ...args, cache: nameText(cacheName) });
    return value === null ? undefined : responseOf(value, data);
  }

  async has(name) {
    void this.#default;
    requireArguments(arguments.length, 1, 'CacheStorage.has');
    return (await hostCall('cache.has', { __proto__: null, cache: nameText(name) })).value;
  }

  async open(name) {
    void this.#default;
    requireArguments(arguments.length, 1, 'CacheStorage.open');
    const text = nameText(name);
    await hostCall('cache.open', { __proto__: null, cache: text });
    return createCache(text);
  }

  async delete(name) {
    void this.#default;
    requireArguments(arguments.length, 1, 'CacheStorage.delete');
    return (await hostCall('cache.remove', { __proto__: null, cache: nameText(name) })).value;
  }

  async keys() {
    void this.#default;
    const { value } = await hostCall('cache.names', { __proto__: null });
    const names = [];
    for (let i = 0; i < value.length; i++) ArrayPrototypePush(names, nameOf(value[i]));
    return names;
  }
}
defineInterface(CacheStorage, 'CacheStorage');

export function createStorage() {
  return new CacheStorage(TOKEN);
}
