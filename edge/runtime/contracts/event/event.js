// The event: payload format 2.0 of function URLs, with the names of format 1.0 beside them.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads

import {
  ArrayPrototypeJoin,
  ArrayPrototypePush,
  Date,
  DatePrototypeGetUTCDate,
  DatePrototypeGetUTCFullYear,
  DatePrototypeGetUTCHours,
  DatePrototypeGetUTCMinutes,
  DatePrototypeGetUTCMonth,
  DatePrototypeGetUTCSeconds,
  NumberPrototypeToString,
  Object,
  ObjectKeys,
  ObjectSetPrototypeOf,
  RegExpPrototypeExec,
  StringPrototypePadStart,
  StringPrototypeSplit,
  StringPrototypeTrim,
  TypedArrayPrototypeGetLength,
  Uint8ArrayPrototypeToBase64,
} from '../../bootstrap/primordials.js';
import { now } from '../../bootstrap/host.js';
import { decodeUtf8 } from '../../encoding/utf8.js';
import { parse as parseQuery } from '../../node/internal/query.js';

const TEXT = /^(?:text\/.*|application\/(?:.*\+)?(?:json|xml)|application\/(?:javascript|x-www-form-urlencoded|graphql|yaml|x-ndjson))$/i;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (number) => StringPrototypePadStart(NumberPrototypeToString(number), 2, '0');

/** Like 12/Mar/2020:19:03:58 +0000. */
function logTime(ms) {
  const date = new Date(ms);
  const day = `${two(DatePrototypeGetUTCDate(date))}/${MONTHS[DatePrototypeGetUTCMonth(date)]}/${DatePrototypeGetUTCFullYear(date)}`;
  return `${day}:${two(DatePrototypeGetUTCHours(date))}:${two(DatePrototypeGetUTCMinutes(date))}:${two(DatePrototypeGetUTCSeconds(date))} +0000`;
}

/** An ordinary object out of one without a prototype, whose keys may be anything: `__proto__` is a header's name too. */
const ordinary = (object) => ObjectSetPrototypeOf(object, Object.prototype);

function collect(pairs) {
  const single = { __proto__: null };
  const multi = { __proto__: null };
  for (let i = 0; i < pairs.length; i++) {
    const name = pairs[i][0];
    const value = pairs[i][1];
    single[name] = single[name] === undefined ? value : `${single[name]}${name === 'cookie' ? '; ' : ','}${value}`;
    multi[name] ??= [];
    ArrayPrototypePush(multi[name], value);
  }
  return { __proto__: null, single, multi: ordinary(multi) };
}

function cookiesOf(header) {
  if (header === undefined) return undefined;
  const pairs = StringPrototypeSplit(header, ';');
  const cookies = [];
  for (let i = 0; i < pairs.length; i++) if (StringPrototypeTrim(pairs[i]) !== '') ArrayPrototypePush(cookies, StringPrototypeTrim(pairs[i]));
  return cookies.length === 0 ? undefined : cookies;
}

function queryOf(query) {
  const parsed = parseQuery(query);
  const names = ObjectKeys(parsed);
  if (names.length === 0) return { __proto__: null, joined: undefined, multi: undefined };
  const joined = { __proto__: null };
  const multi = { __proto__: null };
  for (let i = 0; i < names.length; i++) {
    const values = typeof parsed[names[i]] === 'string' ? [parsed[names[i]]] : parsed[names[i]];
    joined[names[i]] = ArrayPrototypeJoin(values, ',');
    multi[names[i]] = values;
  }
  return { __proto__: null, joined: ordinary(joined), multi: ordinary(multi) };
}

function isText(type) {
  return RegExpPrototypeExec(TEXT, StringPrototypeTrim(StringPrototypeSplit(type, ';')[0])) !== null;
}

// Text that is not UTF-8, whatever its type says, would not survive.
function textOf(bytes) {
  try {
    return decodeUtf8(bytes, true);
  } catch {
    return null;
  }
}

/** `{body, isBase64Encoded}`: text as it is, everything else in base64. */
function bodyOf(bytes, headers) {
  if (TypedArrayPrototypeGetLength(bytes) === 0) return { body: undefined, isBase64Encoded: false };
  const encoded = headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity';
  const text = !encoded && isText(headers['content-type'] ?? '') ? textOf(bytes) : null;
  if (text !== null) return { body: text, isBase64Encoded: false };
  return { body: Uint8ArrayPrototypeToBase64(bytes), isBase64Encoded: true };
}

const PORT = { __proto__: null, http: '80', https: '443' };
const ABSOLUTE = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*?)(?::(\d+))?(?:[/?#]|$)/i;

// `http.path` and `path` are what the function sees; `path` of the context has what the route took away in front of it, as
// format 1.0 has the stage.
function contextOf(invocation, headers, domain) {
  const { request } = invocation;
  const at = now();
  const time = logTime(at);
  return {
    accountId: 'anonymous',
    apiId: invocation.function,
    domainName: domain,
    domainPrefix: StringPrototypeSplit(domain, '.')[0],
    http: {
      method: request.method,
      path: request.path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.ip,
      userAgent: headers['user-agent'] ?? '',
    },
    httpMethod: request.method,
    identity: { sourceIp: request.ip, userAgent: headers['user-agent'] ?? '' },
    path: `${request.basePath}${request.path}`,
    protocol: `HTTP/${request.httpVersion}`,
    requestId: invocation.requestId,
    requestTime: time,
    requestTimeEpoch: at,
    resourcePath: request.path,
    routeKey: '$default',
    stage: '$default',
    time,
    timeEpoch: at,
  };
}

/** The event of one request, whose whole body is `bytes`. */
export function createEvent(invocation, bytes) {
  const { request } = invocation;
  const { single: headers, multi: multiValueHeaders } = collect(request.headers);
  const { joined: query, multi: multiQuery } = queryOf(request.query);
  const absolute = RegExpPrototypeExec(ABSOLUTE, request.url) ?? ['', 'http', headers.host ?? ''];
  headers['x-forwarded-for'] ??= request.ip;
  headers['x-forwarded-proto'] ??= absolute[1];
  headers['x-forwarded-port'] ??= absolute[3] ?? PORT[absolute[1]];
  ordinary(headers);
  const pathParameters = ObjectKeys(request.params).length === 0 ? undefined : ordinary({ __proto__: null, ...request.params });
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: request.path,
    rawQueryString: request.query,
    cookies: cookiesOf(headers.cookie),
    headers,
    queryStringParameters: query,
    requestContext: contextOf(invocation, headers, absolute[2]),
    ...bodyOf(bytes, headers),
    pathParameters,
    stageVariables: undefined,
    // Format 1.0
    resource: request.path,
    path: request.path,
    httpMethod: request.method,
    multiValueHeaders,
    multiValueQueryStringParameters: multiQuery,
  };
  return withoutUndefined(event);
}

// Format 2.0 leaves out what is not there.
function withoutUndefined(event) {
  const names = ObjectKeys(event);
  for (let i = 0; i < names.length; i++) if (event[names[i]] === undefined) delete event[names[i]];
  return event;
}
