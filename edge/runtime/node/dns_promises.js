// node:dns/promises: https://nodejs.org/api/dns.html#dns-promises-api

import { ObjectAssign, ReflectOwnKeys } from '../bootstrap/primordials.js';
import { CODES } from './internal/dns/codes.js';
import { lookupOptions, order, setOrder } from './internal/dns/lookup.js';
import { ask, lookup, lookupService, METHODS, reverse } from './internal/dns/questions.js';
import { unsupported, validateString } from './internal/errors.js';

function noServers() {
  throw unsupported('dns.setServers', 'the gateway asks the name servers of its machine');
}

const methods = { __proto__: null, resolve: (name, type = 'A') => ask(name, type), reverse };
const names = ReflectOwnKeys(METHODS);
for (let i = 0; i < names.length; i++) {
  const method = names[i];
  methods[method] = (name, options) => {
    validateString(name, 'name');
    return ask(name, METHODS[method], options);
  };
}

class Resolver {
  cancel() {}
  getServers() { return []; }
  setServers() { noServers(); }
  setLocalAddress() {}
}
ObjectAssign(Resolver.prototype, methods);

const promises = {
  async lookup(hostname, options) {
    const given = lookupOptions(hostname, options);
    const found = await lookup(given);
    return given.all ? found : found[0] ?? { address: null, family: 4 };
  },
  lookupService,
  ...methods,
  Resolver,
  getServers: () => [],
  setServers: noServers,
  getDefaultResultOrder: order,
  setDefaultResultOrder: setOrder,
};
ObjectAssign(promises, CODES());

export default promises;
