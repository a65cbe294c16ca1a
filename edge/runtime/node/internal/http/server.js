// http.Server, of which nothing is served: a function is called by the gateway.  Frameworks make one all the same and are called
// through its listener (Fastify), or are told to listen in a file that exports them as well (Express).

import { ObjectDefineProperty, ObjectSetPrototypeOf, ReflectApply, ReflectOwnKeys } from '../../../bootstrap/primordials.js';
import { log } from '../../../console/index.js';
import { queueMicrotask } from '../../../events/index.js';
import { EventEmitter } from '../emitter.js';
import { named } from '../named.js';
import { noServer } from './errors.js';

const DEFAULTS = {
  listening: false, timeout: 0, keepAliveTimeout: 5000, requestTimeout: 300000, headersTimeout: 60000, maxHeadersCount: null, maxRequestsPerSocket: 0, maxConnections: 0,
};

/** `Server([options][, listener])`; without a listener it could do nothing at all, and says so. */
export function Server(options, listener) {
  const handler = typeof options === 'function' ? options : listener;
  if (typeof handler !== 'function') throw noServer('http');
  if (new.target === undefined && !(this instanceof Server)) return new Server(options, listener);
  ReflectApply(EventEmitter, this, []);
  const names = ReflectOwnKeys(DEFAULTS);
  for (let i = 0; i < names.length; i++) this[names[i]] = DEFAULTS[names[i]];
  this.on('request', handler);
  this._handler = handler;
  return this;
}
named('Server', Server);
ObjectSetPrototypeOf(Server.prototype, EventEmitter.prototype);
ObjectSetPrototypeOf(Server, EventEmitter);

// An app that its file also exports: to run under Node, too, it listens there.
const isApp = (handler) => typeof handler.handle === 'function' || typeof handler.listen === 'function';

const methods = {
  __proto__: null,
  listen() {
    if (!isApp(this._handler)) throw noServer('http');
    log('warn', 'listen() has no effect: the function is called by the gateway, with the app that the module exports');
    return this;
  },
  address: () => null,
  close(callback) {
    if (typeof callback === 'function') queueMicrotask(() => callback());
    return this;
  },
  setTimeout() {
    return this;
  },
  getConnections(callback) {
    queueMicrotask(() => callback(null, 0));
    return this;
  },
  closeAllConnections() {},
  closeIdleConnections() {},
  ref() {
    return this;
  },
  unref() {
    return this;
  },
};
const names = ReflectOwnKeys(methods);
for (let i = 0; i < names.length; i++) {
  ObjectDefineProperty(Server.prototype, names[i], { __proto__: null, value: methods[names[i]], writable: true, enumerable: false, configurable: true });
}
