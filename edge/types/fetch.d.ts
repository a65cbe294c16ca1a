// Fetch: https://fetch.spec.whatwg.org/

type HeadersInit = Headers | Iterable<readonly [string, string]> | Record<string, string>;

interface HeadersIterator<T> extends IteratorObject<T, undefined, unknown> {
  [Symbol.iterator](): HeadersIterator<T>;
}

interface Headers {
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  getSetCookie(): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  forEach(callback: (value: string, name: string, headers: Headers) => void, thisArg?: any): void;
  entries(): HeadersIterator<[string, string]>;
  keys(): HeadersIterator<string>;
  values(): HeadersIterator<string>;
  [Symbol.iterator](): HeadersIterator<[string, string]>;
}
declare var Headers: {
  prototype: Headers;
  new (init?: HeadersInit): Headers;
};

type BodyInit = ReadableStream | Blob | BufferSource | FormData | URLSearchParams | string;

interface Body {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
  blob(): Promise<Blob>;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  formData(): Promise<FormData>;
  json<T = any>(): Promise<T>;
  text(): Promise<string>;
}

type RequestInfo = Request | string;
type RequestCache = "default" | "force-cache" | "no-cache" | "no-store" | "only-if-cached" | "reload";
type RequestCredentials = "include" | "omit" | "same-origin";
type RequestDestination = "" | "audio" | "document" | "embed" | "font" | "image" | "object" | "script" | "style" | "video" | "worker";
type RequestMode = "cors" | "navigate" | "no-cors" | "same-origin";
type RequestRedirect = "error" | "follow" | "manual";
type ReferrerPolicy =
  | "" | "no-referrer" | "no-referrer-when-downgrade" | "origin" | "origin-when-cross-origin" | "same-origin" | "strict-origin"
  | "strict-origin-when-cross-origin" | "unsafe-url";

/** `mode`, `credentials`, `cache`, `referrer`, `integrity` and `keepalive` can be read and do nothing: there is no browser here. */
interface RequestInit {
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
  redirect?: RequestRedirect;
  signal?: AbortSignal | null;
  duplex?: "half";
  cache?: RequestCache;
  credentials?: RequestCredentials;
  integrity?: string;
  keepalive?: boolean;
  mode?: RequestMode;
  priority?: "auto" | "high" | "low";
  referrer?: string;
  referrerPolicy?: ReferrerPolicy;
  window?: null;
}

interface Request extends Body {
  readonly cache: RequestCache;
  readonly credentials: RequestCredentials;
  readonly destination: RequestDestination;
  readonly duplex: "half";
  readonly headers: Headers;
  readonly integrity: string;
  readonly isHistoryNavigation: boolean;
  readonly isReloadNavigation: boolean;
  readonly keepalive: boolean;
  readonly method: string;
  readonly mode: RequestMode;
  readonly redirect: RequestRedirect;
  readonly referrer: string;
  readonly referrerPolicy: ReferrerPolicy;
  /** Of a request that the function was called with: it fires when the client leaves. */
  readonly signal: AbortSignal;
  readonly url: string;
  clone(): Request;
}
declare var Request: {
  prototype: Request;
  new (input: RequestInfo | URL, init?: RequestInit): Request;
};

type ResponseType = "basic" | "cors" | "default" | "error" | "opaque" | "opaqueredirect";

interface ResponseInit {
  headers?: HeadersInit;
  status?: number;
  statusText?: string;
  /** With the status 101: answers a request that asks for a WebSocket. */
  webSocket?: WebSocket | null;
}

interface Response extends Body {
  readonly headers: Headers;
  readonly ok: boolean;
  readonly redirected: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly type: ResponseType;
  readonly webSocket: WebSocket | null;
  readonly url: string;
  clone(): Response;
}
declare var Response: {
  prototype: Response;
  new (body?: BodyInit | null, init?: ResponseInit | Response): Response;
  error(): Response;
  json(data: any, init?: ResponseInit): Response;
  /** The URL is absolute: there is no page that a relative one could start from. */
  redirect(url: string | URL, status?: number): Response;
};

/** Goes where the operator's egress policy lets it. */
declare function fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
