// The forms of http.request: https://nodejs.org/api/http.html#httprequesturl-options-callback

import { Error, ObjectAssign, RegExpPrototypeExec, StringPrototypeToUpperCase, TypeError } from '../../../bootstrap/primordials.js';
import { isToken } from '../../../http/syntax.js';
import { URL } from '../../../url/url.js';
import url from '../../url.js';
import { coded, invalidArgType, unsupported, validateNumber } from '../errors.js';
import { invalidToken } from './errors.js';

const UNESCAPED = /[^\u0021-\u00ff]/;
const isUrl = (value) => typeof value?.href === 'string' && typeof value.protocol === 'string' && value.auth === undefined && value.path === undefined;

/** `{options, callback}` of the arguments. */
export function requestArguments(input, options, callback) {
  let found = {};
  let rest = options;
  let done = callback;
  if (typeof input === 'string') found = url.urlToHttpOptions(new URL(input));
  else if (isUrl(input)) found = url.urlToHttpOptions(input);
  else {
    done = options;
    rest = input;
  }
  if (typeof rest === 'function') {
    done = rest;
    rest = {};
  }
  return { __proto__: null, options: ObjectAssign(found, rest), callback: done };
}

function checkHost(host, name) {
  if (host !== undefined && host !== null && typeof host !== 'string') throw invalidArgType(`options.${name}`, ['string', 'undefined', 'null'], host);
  return host;
}

/** The agent that is to make the connection; undefined when the request makes it itself. */
function agentOf(options, defaultAgent) {
  const { agent } = options;
  if (agent === false) return new defaultAgent.constructor();
  if (agent === undefined || agent === null) return typeof options.createConnection === 'function' ? undefined : defaultAgent;
  if (typeof agent.addRequest !== 'function') throw invalidArgType('options.agent', ['Agent-like Object', 'undefined', 'false'], agent);
  return agent;
}

function checkPath(path) {
  if (path && RegExpPrototypeExec(UNESCAPED, `${path}`) !== null) throw coded(TypeError, 'ERR_UNESCAPED_CHARACTERS', 'Request path contains unescaped characters', checkPath);
}

function methodOf(options) {
  const { method } = options;
  if (method !== undefined && method !== null && typeof method !== 'string') throw invalidArgType('options.method', 'string', method);
  if (!method) return 'GET';
  if (!isToken(method)) throw invalidToken('Method', method);
  return StringPrototypeToUpperCase(method);
}

/** Whether an agent is for both schemes and finds out which by looking at the stack, as those of agent-base do. */
const isForBoth = (agent) => typeof agent?.isSecureEndpoint === 'function';

/** Fills in what the options leave out; `{agent, protocol, method, path, host, port, defaultPort}`. */
export function settle(options, globalAgent) {
  const defaultAgent = options._defaultAgent ?? globalAgent();
  const agent = agentOf(options, defaultAgent);
  const protocol = options.protocol || defaultAgent.protocol;
  const expected = isForBoth(agent) ? protocol : agent?.protocol ?? defaultAgent.protocol;
  checkPath(options.path);
  if (protocol !== expected) throw coded(TypeError, 'ERR_INVALID_PROTOCOL', `Protocol "${protocol}" not supported. Expected "${expected}"`);
  if (options.insecureHTTPParser) throw unsupported('insecureHTTPParser', 'responses are read strictly');
  const defaultPort = options.defaultPort || (isForBoth(agent) || agent === undefined ? defaultAgent.defaultPort : agent.defaultPort);
  options.protocol ??= protocol;
  options.port = options.port || defaultPort || 80;
  options.host = checkHost(options.hostname, 'hostname') || checkHost(options.host, 'host') || 'localhost';
  if (options.timeout !== undefined) validateNumber(options.timeout, 'options.timeout');
  return { __proto__: null, agent, protocol, method: methodOf(options), path: options.path || '/', host: options.host, port: options.port, defaultPort };
}

/** The Host header. */
export function hostHeader({ host, port, defaultPort }) {
  const isIPv6 = RegExpPrototypeExec(/:.*:/, host) !== null && host[0] !== '[';
  const name = isIPv6 ? `[${host}]` : host;
  return port && +port !== defaultPort ? `${name}:${port}` : name;
}

export function reset() {
  const error = new Error('socket hang up');
  error.code = 'ECONNRESET';
  return error;
}
