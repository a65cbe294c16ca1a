// The event contract: `export const handler: Handler = async (event, context) => ({ statusCode: 200, body: "" })`.

/** Payload format 2.0 of Lambda's function URLs, with the names of format 1.0 beside them. */
interface FunctionEvent {
  version: string;
  routeKey: string;
  rawPath: string;
  rawQueryString: string;
  cookies?: string[];
  headers: Record<string, string | undefined>;
  queryStringParameters?: Record<string, string | undefined>;
  pathParameters?: Record<string, string | undefined>;
  stageVariables?: Record<string, string | undefined> | null;
  requestContext: FunctionEventContext;
  /** Text as it is, everything else in base64. */
  body?: string;
  isBase64Encoded: boolean;
  httpMethod: string;
  path: string;
  resource: string;
  multiValueHeaders: Record<string, string[] | undefined>;
  multiValueQueryStringParameters?: Record<string, string[] | undefined> | null;
}

interface FunctionEventContext {
  accountId: string;
  apiId: string;
  domainName: string;
  domainPrefix: string;
  http: { method: string; path: string; protocol: string; sourceIp: string; userAgent: string };
  httpMethod: string;
  identity: { sourceIp: string; userAgent: string };
  path: string;
  protocol: string;
  requestId: string;
  requestTime: string;
  requestTimeEpoch: number;
  resourcePath: string;
  routeKey: string;
  stage: string;
  time: string;
  timeEpoch: number;
}

interface FunctionContext {
  /** Whether an answer by the callback waits until no timer and no input or output is under way. */
  callbackWaitsForEmptyEventLoop: boolean;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** Of those who call through Lambda's software development kits for phones; undefined here. */
  readonly clientContext?: any;
  readonly identity?: any;
  /** What the web contract has as `env`: variables, KV, services. */
  readonly env: Record<string, any>;
  /** Fires when the client leaves. */
  readonly signal: AbortSignal;
  getRemainingTimeInMillis(): number;
  /** Work that goes on after the response. */
  waitUntil(promise: Promise<any>): void;
  /** @deprecated return the result, or throw */
  done(error?: any, result?: any): void;
  /** @deprecated throw */
  fail(error: any): void;
  /** @deprecated return the result */
  succeed(result: any): void;
}

interface FunctionResult {
  statusCode: number | string;
  /** An array is several lines of one header. */
  headers?: Record<string, string | number | boolean | (string | number | boolean)[] | null | undefined>;
  multiValueHeaders?: Record<string, (string | number | boolean)[]>;
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
}

/** A result without `statusCode` is answered as JSON. */
type EventHandler<Result = any> = (
  event: FunctionEvent,
  context: FunctionContext,
  /** @deprecated return the result, or throw */
  callback: (error?: any, result?: FunctionResult | Result) => void,
) => FunctionResult | Result | Promise<FunctionResult | Result> | void;

/** What a streaming handler writes its response to: a Writable of node:stream. */
interface FunctionResponseStream {
  write(chunk: string | Uint8Array, callback?: (error?: any) => void): boolean;
  end(chunk?: string | Uint8Array): this;
  destroy(error?: any): this;
  on(event: string, listener: (...values: any[]) => void): this;
  once(event: string, listener: (...values: any[]) => void): this;
  /** The content type, where HttpResponseStream.from says none. */
  setContentType(type: string): void;
}

type StreamingHandler = (event: FunctionEvent, responseStream: FunctionResponseStream, context: FunctionContext) => Promise<void>;

/** Status, headers and cookies of a streamed response. */
type FunctionResponseHead = Pick<FunctionResult, 'headers' | 'multiValueHeaders' | 'cookies'> & { statusCode?: number };

interface HttpResponseStream {
  /** Say what the response begins with, before its first byte. */
  from(responseStream: FunctionResponseStream, metadata: FunctionResponseHead): FunctionResponseStream;
}

interface AwsLambda {
  /** Marks a handler that writes its response to a stream. */
  streamifyResponse(handler: StreamingHandler, options?: { highWaterMark?: number }): StreamingHandler;
  HttpResponseStream: HttpResponseStream;
}

/** Lambda's response streaming. */
declare var awslambda: AwsLambda;
