// node:https: https://nodejs.org/api/https.html, as a client.

import { ArrayIsArray, ArrayPrototypeJoin, ObjectDefineProperty, ObjectSetPrototypeOf, ReflectApply, String } from '../bootstrap/primordials.js';
import { Agent as PlainAgent } from './internal/http/agent.js';
import { ClientRequest } from './internal/http/client_request.js';
import { noServer } from './internal/http/errors.js';
import { requestArguments } from './internal/http/request_options.js';
import { named } from './internal/named.js';
import tls from './tls.js';

const PORT = 443;
const GLOBAL_TIMEOUT = 5000;
// What two connections must have in common to stand for each other.
const NAMED = [
  'ca', 'cert', 'clientCertEngine', 'ciphers', 'key', 'pfx', 'rejectUnauthorized', 'servername', 'minVersion', 'maxVersion', 'secureProtocol', 'crl', 'honorCipherOrder',
  'ecdhCurve', 'dhparam', 'secureOptions', 'sessionIdContext', 'sigalgs',
];

export function Agent(options) {
  if (!(this instanceof Agent)) return new Agent(options);
  ReflectApply(PlainAgent, this, [{ defaultPort: PORT, protocol: 'https:', ...options }]);
  this.maxCachedSessions = this.options.maxCachedSessions ?? 100;
  this._sessionCache = { map: {}, list: [] };
  return this;
}
named('Agent', Agent);
ObjectSetPrototypeOf(Agent.prototype, PlainAgent.prototype);
ObjectSetPrototypeOf(Agent, PlainAgent);

const text = (value) => (ArrayIsArray(value) ? ArrayPrototypeJoin(value, '') : String(value));

Agent.prototype.getName = function getName(options = {}) {
  let name = ReflectApply(PlainAgent.prototype.getName, this, [options]);
  for (let i = 0; i < NAMED.length; i++) {
    const value = options[NAMED[i]];
    name += ':';
    if (value !== undefined && value !== null && value !== '') name += NAMED[i] === 'servername' && value === options.host ? '' : text(value);
  }
  return name;
};

Agent.prototype.createConnection = function createConnection(port, host, options) {
  const given = typeof port === 'object' && port !== null ? port : typeof host === 'object' && host !== null ? { ...host, port } : { ...options, port, host };
  return tls.connect({ ...given, path: given.socketPath });
};

let globalAgent = null;

function Server() {
  throw noServer('https');
}

function request(url, options, callback) {
  const given = requestArguments(url, options, callback);
  return new ClientRequest({ ...given.options, _defaultAgent: https.globalAgent }, given.callback);
}

function get(url, options, callback) {
  const made = request(url, options, callback);
  made.end();
  return made;
}

const https = {
  Agent,
  Server,
  createServer() {
    throw noServer('https');
  },
  get,
  request,
};

ObjectDefineProperty(https, 'globalAgent', {
  __proto__: null,
  get() {
    return globalAgent ??= new Agent({ keepAlive: true, scheduling: 'lifo', timeout: GLOBAL_TIMEOUT });
  },
  set(agent) {
    globalAgent = agent;
  },
  enumerable: true,
  configurable: true,
});

export default https;
