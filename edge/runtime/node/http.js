// node:http: https://nodejs.org/api/http.html, as a client.  A function serves nothing: it is called by the gateway.

import { ObjectDefineProperty } from '../bootstrap/primordials.js';
import { phrasesByStatus } from '../http/statuses.js';
import { Agent } from './internal/http/agent.js';
import { ClientRequest } from './internal/http/client_request.js';
import { noServer } from './internal/http/errors.js';
import { IncomingMessage } from './internal/http/incoming.js';
import { METHODS } from './internal/http/methods.js';
import { OutgoingMessage } from './internal/http/outgoing.js';
import { Server } from './internal/http/server.js';
import { ServerResponse } from './internal/http/server_response.js';
import { validateHeaderName, validateHeaderValue } from './internal/http/validate.js';
import { named } from './internal/named.js';

/** Bytes that the head of a response may have. */
const MAX_HEADER_SIZE = 16384;
const GLOBAL_TIMEOUT = 5000;

let globalAgent = null;

function request(url, options, callback) {
  return new ClientRequest(url, options, callback);
}

function get(url, options, callback) {
  const made = request(url, options, callback);
  made.end();
  return made;
}

const http = {
  _connectionListener: named('connectionListener', () => { throw noServer('http'); }),
  METHODS,
  STATUS_CODES: phrasesByStatus(),
  Agent,
  ClientRequest,
  IncomingMessage,
  OutgoingMessage,
  Server,
  ServerResponse,
  createServer: (options, listener) => new Server(options, listener),
  get,
  request,
  validateHeaderName,
  validateHeaderValue,
  setMaxIdleHTTPParsers() {},
};

ObjectDefineProperty(http, 'maxHeaderSize', { __proto__: null, value: MAX_HEADER_SIZE, enumerable: true, configurable: true });
ObjectDefineProperty(http, 'globalAgent', {
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

export default http;
