// node:net: https://nodejs.org/api/net.html, as a client.

import { ObjectDefineProperty } from '../bootstrap/primordials.js';
import { noServer } from './internal/http/errors.js';
import { normalizeArgs } from './internal/net/connect_options.js';
import { isIP, isIPv4, isIPv6 } from './internal/net/ip.js';
import { Socket } from './internal/net/socket.js';
import { validateNumber } from './internal/errors.js';

const blockList = () => import('./internal/net/block_list.js');
let familyTimeout = 250;

function Server() {
  throw noServer('net');
}

function connect(...args) {
  const normal = normalizeArgs(args);
  const options = normal[0];
  const callback = normal[1];
  const socket = new Socket(options);
  if (options.timeout) socket.setTimeout(options.timeout);
  return callback === null ? socket.connect(options) : socket.connect(options, callback);
}

const net = {
  Socket,
  Stream: Socket,
  Server,
  connect,
  createConnection: connect,
  createServer() {
    throw noServer('net');
  },
  isIP,
  isIPv4,
  isIPv6,
  _normalizeArgs: normalizeArgs,
  // All addresses of a name are tried side by side by the gateway.
  getDefaultAutoSelectFamily: () => true,
  setDefaultAutoSelectFamily() {},
  getDefaultAutoSelectFamilyAttemptTimeout: () => familyTimeout,
  setDefaultAutoSelectFamilyAttemptTimeout(value) {
    validateNumber(value, 'value', 1);
    familyTimeout = value;
  },
};

const lazy = (name) => ObjectDefineProperty(net, name, {
  __proto__: null,
  get: () => blockList()[name],
  enumerable: true,
  configurable: true,
});
lazy('BlockList');
lazy('SocketAddress');

export default net;
