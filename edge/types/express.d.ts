// The Express contract: `module.exports = (req, res) => ...`, or a Router.
// `Request` and `Response` are those of fetch, hence the names.

type ExpressNext = (error?: any) => void;
type ExpressHandler = (req: ExpressRequest, res: ExpressResponse, next: ExpressNext) => any;
type ExpressErrorHandler = (error: any, req: ExpressRequest, res: ExpressResponse, next: ExpressNext) => any;
type ExpressParamHandler = (req: ExpressRequest, res: ExpressResponse, next: ExpressNext, value: string, name: string) => any;
type ExpressHandlers = ExpressHandler | ExpressErrorHandler | Router | ExpressHandlers[];
type ExpressPath = string | RegExp | (string | RegExp)[];

/** Express 5's request.  The whole body is there when the handler is called. */
interface ExpressRequest extends EventEmitter {
  method: string;
  /** Path and query, below the router that handles it. */
  url: string;
  readonly originalUrl: string;
  readonly baseUrl: string;
  readonly path: string;
  readonly httpVersion: string;
  readonly headers: Record<string, any>;
  readonly rawHeaders: string[];
  params: Record<string, any>;
  /** Parameters of the gateway's own route. */
  readonly routeParams: Record<string, string>;
  readonly query: any;
  /** By its content type: JSON and forms as values, text as a string, the rest as a Buffer; {} when there is none. */
  body: any;
  readonly rawBody: Buffer;
  readonly cookies: Record<string, any>;
  readonly signedCookies: Record<string, any>;
  readonly protocol: string;
  readonly secure: boolean;
  readonly host: string;
  readonly hostname: string | undefined;
  readonly subdomains: string[];
  readonly ip: string;
  readonly ips: string[];
  /** What the web contract has as `env`: variables, KV, services. */
  readonly env: Record<string, any>;
  /** The id of the request, as in the log. */
  readonly id: string;
  readonly xhr: boolean;
  readonly fresh: boolean;
  readonly stale: boolean;
  readonly complete: boolean;
  readonly aborted: boolean;
  /** Fires when the client leaves. */
  readonly signal: AbortSignal;
  readonly res: ExpressResponse;
  next?: ExpressNext;
  route: any;
  [name: string]: any;
  /** Work that goes on after the response. */
  waitUntil(promise: Promise<any>): void;
  get(name: string): any;
  header(name: string): any;
  is(...types: (string | string[])[]): string | false | null;
  accepts(...types: (string | string[])[]): any;
  acceptsCharsets(...charsets: (string | string[])[]): any;
  acceptsEncodings(...encodings: (string | string[])[]): any;
  acceptsLanguages(...languages: (string | string[])[]): any;
  param(name: string, fallback?: any): any;
  /** The parts of a resource of `size` that the client wants; -1: it has none of them, -2: the header cannot be read. */
  range(size: number, options?: { combine?: boolean }): ExpressRanges | -1 | -2 | undefined;
  setEncoding(encoding?: string): this;
  pipe<T>(destination: T): T;
  resume(): this;
  pause(): this;
  [Symbol.asyncIterator](): AsyncIterator<Buffer | string>;
}

interface ExpressRanges extends Array<{ start: number; end: number }> {
  type: string;
}

interface ExpressFileOptions {
  acceptRanges?: boolean;
  cacheControl?: boolean;
  dotfiles?: "allow" | "deny" | "ignore";
  extensions?: string | string[] | false;
  headers?: Record<string, any>;
  immutable?: boolean;
  index?: string | string[] | false;
  lastModified?: boolean;
  /** Milliseconds, or a text such as "1d". */
  maxAge?: number | string;
  root?: string;
}

interface ExpressCookieOptions {
  domain?: string;
  /** From value to text; by default encodeURIComponent. */
  encode?: (value: string) => string;
  expires?: Date;
  httpOnly?: boolean;
  /** Milliseconds. */
  maxAge?: number;
  partitioned?: boolean;
  path?: string;
  priority?: "high" | "low" | "medium";
  sameSite?: boolean | "lax" | "none" | "strict";
  secure?: boolean;
  /** With the secret of cookie-parser. */
  signed?: boolean;
}

interface ExpressResponse extends EventEmitter {
  readonly req: ExpressRequest;
  readonly locals: Record<string, any>;
  statusCode: number;
  statusMessage: string | undefined;
  readonly headersSent: boolean;
  readonly writable: boolean;
  readonly writableEnded: boolean;
  readonly writableFinished: boolean;
  [name: string]: any;
  status(code: number): this;
  sendStatus(code: number): this;
  send(body?: any): this;
  json(value?: any): this;
  jsonp(value?: any): this;
  end(callback?: () => void): this;
  end(chunk: string | Uint8Array, callback?: () => void): this;
  end(chunk: string | Uint8Array, encoding: string, callback?: () => void): this;
  /** False when the client is slower than the writer: wait for "drain". */
  write(chunk: string | Uint8Array, callback?: (error?: any) => void): boolean;
  write(chunk: string | Uint8Array, encoding: string, callback?: (error?: any) => void): boolean;
  writeHead(status: number, headers?: any): this;
  writeHead(status: number, message: string, headers?: any): this;
  flushHeaders(): void;
  set(fields: Record<string, any>): this;
  set(name: string, value: any): this;
  header(fields: Record<string, any>): this;
  header(name: string, value: any): this;
  get(name: string): any;
  append(name: string, value: string | string[]): this;
  setHeader(name: string, value: any): this;
  getHeader(name: string): any;
  getHeaderNames(): string[];
  getHeaders(): Record<string, any>;
  hasHeader(name: string): boolean;
  removeHeader(name: string): void;
  type(type: string): this;
  contentType(type: string): this;
  location(url: string): this;
  redirect(url: string): this;
  redirect(status: number, url: string): this;
  cookie(name: string, value: any, options?: ExpressCookieOptions): this;
  clearCookie(name: string, options?: ExpressCookieOptions): this;
  attachment(filename?: string): this;
  sendFile(path: string, callback?: (error?: any) => void): void;
  sendFile(path: string, options: ExpressFileOptions, callback?: (error?: any) => void): void;
  download(path: string, callback?: (error?: any) => void): void;
  download(path: string, filename: string, callback?: (error?: any) => void): void;
  download(path: string, filename: string, options: ExpressFileOptions, callback?: (error?: any) => void): void;
  vary(field: string | string[]): this;
  links(links: Record<string, string | string[]>): this;
  format(handlers: Record<string, ExpressHandler>): this;
  /** Answers with a fetch Response: its status, its headers, its body as it comes. */
  pipeFrom(response: Response): Promise<void>;
}

interface ExpressRoute {
  readonly path: ExpressPath;
  all(...handlers: ExpressHandler[]): this;
  all(...handlers: ExpressHandlers[]): this;
  delete(...handlers: ExpressHandler[]): this;
  delete(...handlers: ExpressHandlers[]): this;
  get(...handlers: ExpressHandler[]): this;
  get(...handlers: ExpressHandlers[]): this;
  head(...handlers: ExpressHandler[]): this;
  head(...handlers: ExpressHandlers[]): this;
  options(...handlers: ExpressHandler[]): this;
  options(...handlers: ExpressHandlers[]): this;
  patch(...handlers: ExpressHandler[]): this;
  patch(...handlers: ExpressHandlers[]): this;
  post(...handlers: ExpressHandler[]): this;
  post(...handlers: ExpressHandlers[]): this;
  put(...handlers: ExpressHandler[]): this;
  put(...handlers: ExpressHandlers[]): this;
}

interface RouterOptions {
  caseSensitive?: boolean;
  mergeParams?: boolean;
  strict?: boolean;
}

interface Router {
  (req: ExpressRequest, res: ExpressResponse, next?: ExpressNext): void;
  all(path: ExpressPath, ...handlers: ExpressHandler[]): this;
  all(path: ExpressPath, ...handlers: ExpressHandlers[]): this;
  delete(path: ExpressPath, ...handlers: ExpressHandler[]): this;
  delete(path: ExpressPath, ...handlers: ExpressHandlers[]): this;
  get(path: ExpressPath, ...handlers: ExpressHandler[]): this;
  get(path: ExpressPath, ...handlers: ExpressHandlers[]): this;
  head(path: ExpressPath, ...handlers: ExpressHandler[]): this;
  head(path: ExpressPath, ...handlers: ExpressHandlers[]): this;
  options(path: ExpressPath, ...handlers: ExpressHandler[]): this;
  options(path: ExpressPath, ...handlers: ExpressHandlers[]): this;
  patch(path: ExpressPath, ...handlers: ExpressHandler[]): this;
  patch(path: ExpressPath, ...handlers: ExpressHandlers[]): this;
  post(path: ExpressPath, ...handlers: ExpressHandler[]): this;
  post(path: ExpressPath, ...handlers: ExpressHandlers[]): this;
  put(path: ExpressPath, ...handlers: ExpressHandler[]): this;
  put(path: ExpressPath, ...handlers: ExpressHandlers[]): this;
  use(path: ExpressPath, ...handlers: ExpressHandler[]): this;
  use(path: ExpressPath, ...handlers: ExpressHandlers[]): this;
  use(...handlers: ExpressHandler[]): this;
  use(...handlers: ExpressHandlers[]): this;
  /** Runs before the handlers of routes that have `:name`. */
  param(name: string, handler: ExpressParamHandler): this;
  handle(req: ExpressRequest, res: ExpressResponse, next: ExpressNext): void;
  route(path: ExpressPath): ExpressRoute;
}
declare var Router: {
  (options?: RouterOptions): Router;
  new (options?: RouterOptions): Router;
  prototype: Router;
};
