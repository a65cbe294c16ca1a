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
  resourcePath: string;
  routeKey: string;
  stage: string;
  time: string;
  timeEpoch: number;
}

interface FunctionContext {
  callbackWaitsForEmptyEventLoop: boolean;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
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
  statusCode: number;
  headers?: Record<string, string | number | boolean>;
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
