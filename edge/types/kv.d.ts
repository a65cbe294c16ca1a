// The key-value store: `kv` everywhere, `env.KV` and a binding of the namespace's name in the web contract.

type KVType = "text" | "json" | "arrayBuffer" | "stream";

/** What a type makes of a stored value; without one it is as it was stored. */
interface KVValues<T = any> {
  text: string;
  json: T;
  arrayBuffer: ArrayBuffer;
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
}

interface KVPutOptions {
  /** Seconds from now. */
  expirationTtl?: number;
  /** Seconds since the Unix epoch. */
  expiration?: number;
  /** Anything that JSON can hold, up to 1 KiB of it. */
  metadata?: any;
}

interface KVListOptions {
  prefix?: string | null;
  /** 1,000 at most, which is the default. */
  limit?: number | null;
  cursor?: string | null;
}

interface KVListKey<M = any> {
  name: string;
  expiration?: number;
  metadata?: M;
}

type KVListResult<M = any> =
  | { keys: KVListKey<M>[]; list_complete: true; cursor?: undefined }
  | { keys: KVListKey<M>[]; list_complete: false; cursor: string };

/** `value` is null when the key is missing. */
interface KVWithMetadata<V, M = any> {
  value: V | null;
  metadata: M | null;
  versionstamp: string | null;
}

type KVCommitResult = { ok: true; versionstamp: string } | { ok: false; versionstamp?: undefined };

interface KVAtomic {
  /** The key has this version still; null: it is missing. */
  check(...checks: { key: string; versionstamp: string | null }[]): KVAtomic;
  set(key: string, value: any, options?: number | KVPutOptions): KVAtomic;
  put(key: string, value: string | BufferSource, options?: KVPutOptions): KVAtomic;
  delete(key: string): KVAtomic;
  incr(key: string, by?: number): KVAtomic;
  commit(): Promise<KVCommitResult>;
}

interface KVNamespace<Key extends string = string> {
  get<T = any>(key: Key): Promise<T | null>;
  get<T = any>(key: Key, type: "json" | { type: "json" }): Promise<T | null>;
  get<K extends KVType>(key: Key, type: K | { type: K }): Promise<KVValues[K] | null>;
  get<T = any>(key: Key, type?: KVType | { type?: KVType } | null): Promise<T | null>;
  get<T = any>(keys: Key[], type?: KVType | { type?: KVType } | null): Promise<Map<string, T | null>>;
  getMany<T = any>(keys: Key[], type?: KVType | { type?: KVType } | null): Promise<Map<string, T | null>>;
  getWithMetadata<T = any, M = any>(key: Key): Promise<KVWithMetadata<T, M>>;
  getWithMetadata<T = any, M = any>(key: Key, type: "json" | { type: "json" }): Promise<KVWithMetadata<T, M>>;
  getWithMetadata<M = any, K extends KVType = KVType>(key: Key, type: K | { type: K }): Promise<KVWithMetadata<KVValues[K], M>>;
  getWithMetadata<T = any, M = any>(key: Key, type?: KVType | { type?: KVType } | null): Promise<KVWithMetadata<T, M>>;
  /** Stores JSON: what `get` gives back is the value.  A number as the third argument is milliseconds until it expires. */
  set(key: Key, value: any, options?: number | KVPutOptions): Promise<void>;
  /** Stores text or bytes. */
  put(key: Key, value: string | BufferSource | ReadableStream | null, options?: KVPutOptions): Promise<void>;
  has(key: Key): Promise<boolean>;
  /** Whether it was there. */
  delete(key: Key): Promise<boolean>;
  clear(): Promise<void>;
  list<M = any>(options?: KVListOptions | null): Promise<KVListResult<M>>;
  /** Adds in the store, so that no count is lost, and gives the sum. */
  incr(key: Key, by?: number): Promise<number>;
  atomic(): KVAtomic;
}

declare var kv: KVNamespace;
