// Responses that a function keeps: `caches`, with `caches.default` of Cloudflare Workers.

interface CacheQueryOptions {
  ignoreMethod?: boolean;
  ignoreSearch?: boolean;
  ignoreVary?: boolean;
}

interface MultiCacheQueryOptions extends CacheQueryOptions {
  cacheName?: string;
}

interface Cache {
  add(request: RequestInfo | URL): Promise<void>;
  addAll(requests: Iterable<RequestInfo | URL>): Promise<void>;
  delete(request: RequestInfo | URL, options?: CacheQueryOptions): Promise<boolean>;
  keys(request?: RequestInfo | URL, options?: CacheQueryOptions): Promise<Request[]>;
  match(request: RequestInfo | URL, options?: CacheQueryOptions): Promise<Response | undefined>;
  matchAll(request?: RequestInfo | URL, options?: CacheQueryOptions): Promise<Response[]>;
  /** Kept until it expires by its Cache-Control; what that forbids to keep, or what sets a cookie, is not kept. */
  put(request: RequestInfo | URL, response: Response): Promise<void>;
}
declare var Cache: {
  prototype: Cache;
};

interface CacheStorage {
  readonly default: Cache;
  delete(cacheName: string): Promise<boolean>;
  has(cacheName: string): Promise<boolean>;
  keys(): Promise<string[]>;
  match(request: RequestInfo | URL, options?: MultiCacheQueryOptions): Promise<Response | undefined>;
  open(cacheName: string): Promise<Cache>;
}
declare var CacheStorage: {
  prototype: CacheStorage;
};

declare var caches: CacheStorage;
