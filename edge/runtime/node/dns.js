// node:dns: https://nodejs.org/api/dns.html
//
// The gateway asks.  A question is held to the egress policy, and an answer names no address that nothing could connect to.

import { ObjectAssign, ObjectDefineProperty, PromisePrototypeThen, ReflectOwnKeys } from '../bootstrap/primordials.js';
import { CODES } from './internal/dns/codes.js';
import { lookupArguments, order, setOrder } from './internal/dns/lookup.js';
import { ask, checkType, lookup, lookupService, METHODS, reverse } from './internal/dns/questions.js';
import { queueMicrotask } from '../events/index.js';
import { invalidArgType, unsupported, validateFunction, validateString } from './internal/errors.js';

/** A promise's outcome as a callback's arguments, with nothing that is thrown in there lost in a promise. */
function settle(promise, callback, spread) {
  PromisePrototypeThen(promise, (value) => queueMicrotask(() => spread(callback, value)), (error) => queueMicrotask(() => callback(error)));
}

const one = (callback, value) => callback(null, value);

function noServers() {
  throw unsupported('dns.setServers', 'the gateway asks the name servers of its machine');
}

function resolve(name, type, callback) {
  const kind = typeof type === 'function' ? 'A' : type;
  const done = typeof type === 'function' ? type : callback;
  validateString(name, 'name');
  checkType(kind);
  validateFunction(done, 'callback');
  settle(ask(name, kind), done, one);
}

const methods = { __proto__: null, resolve };
const names = ReflectOwnKeys(METHODS);
for (let i = 0; i < names.length; i++) {
  const method = names[i];
  methods[method] = (name, options, callback) => {
    const done = typeof options === 'function' ? options : callback;
    validateString(name, 'name');
    validateFunction(done, 'callback');
    settle(ask(name, METHODS[method], typeof options === 'function' ? undefined : options), done, one);
  };
  ObjectDefineProperty(methods[method], 'name', { __proto__: null, value: method, configurable: true });
}
methods.reverse = function (address, callback) {
  validateString(address, 'name');
  validateFunction(callback, 'callback');
  settle(reverse(address), callback, one);
};

class Resolver {
  cancel() {}
  getServers() { return []; }
  setServers() { noServers(); }
  setLocalAddress() {}
}
ObjectAssign(Resolver.prototype, methods);

const dns = {
  lookup(hostname, options, callback) {
    const given = lookupArguments(hostname, options, callback);
    settle(lookup(given), given.callback, (done, found) => (given.all ? done(null, found) : done(null, found[0]?.address ?? null, found[0]?.family ?? 4)));
    return {};
  },
  lookupService(address, port, callback) {
    if (arguments.length !== 3) throw invalidArgType('callback', 'function', callback);
    validateFunction(callback, 'callback');
    settle(lookupService(address, port), callback, (done, { hostname, service }) => done(null, hostname, service));
    return {};
  },
  ...methods,
  Resolver,
  getServers: () => [],
  setServers: noServers,
  getDefaultResultOrder: order,
  setDefaultResultOrder: setOrder,
  ADDRCONFIG: 32,
  V4MAPPED: 8,
  ALL: 16,
};
ObjectAssign(dns, CODES());

ObjectDefineProperty(dns, 'promises', { __proto__: null, get: () => import('./dns_promises.js').default, enumerable: true, configurable: true });

export default dns;
