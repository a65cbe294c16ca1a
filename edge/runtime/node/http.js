// node:http: https://nodejs.org/api/http.html, as a client.  A function serves nothing: it is called by the gateway.

import { ObjectDefineProperty } from '../bootstrap/primordials.js';
import { phrasesByStatus } from '../http/statuses.js';
import { Agent } from './internal/http/agent.js';
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

const http = {
  _connectionListener: named('connectionListener', () => { throw noServer('http'); }),
  METHODS,
  STATUS_CODES: phrasesByStatus(),
  Agent,
  IncomingMessage,
  OutgoingMessage,
  Server,
  ServerResponse,
  createServer: (options, listener) => new Server(options, listener),
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
