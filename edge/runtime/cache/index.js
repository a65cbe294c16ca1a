// caches, Cache, CacheStorage: https://w3c.github.io/ServiceWorker/#cache-interface

import { Cache } from './cache.js';
import { CacheStorage, createStorage } from './storage.js';

export const globals = { Cache, CacheStorage, caches: createStorage() };
