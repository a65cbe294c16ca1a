// Which objects are proxies.  A script cannot ask V8, and touching an unknown proxy runs its traps; so the global Proxy
// notes what it makes.  console and util.inspect look inside a proxy without running user code thanks to that.

import { ObjectDefineProperty, Proxy, ReflectApply, ReflectConstruct, ProxyRevocable } from '../bootstrap/primordials.js';

class Returned {
  constructor(object) {
    return object;
  }
}

/** A private field on the proxy itself: no trap sees it, and it lives exactly as long as the proxy. */
class Details extends Returned {
  #details;

  constructor(proxy, details) {
    super(proxy);
    this.#details = details;
  }

  static read(value) {
    return (typeof value === 'object' || typeof value === 'function') && value !== null && #details in value ? value.#details : undefined;
  }
}
const { read } = Details;
delete Details.read;

/** `{target, handler}` of a proxy that user code made (both null once it is revoked), undefined for everything else. */
export function proxyDetails(value) {
  return read(value);
}

export function isProxy(value) {
  return read(value) !== undefined;
}

function note(proxy, target, handler) {
  const details = { __proto__: null, target, handler };
  new Details(proxy, details);
  return details;
}

function revocable(target, handler) {
  const made = ProxyRevocable(target, handler);
  const details = note(made.proxy, target, handler);
  const { revoke } = made;
  made.revoke = () => {
    details.target = null;
    details.handler = null;
    ReflectApply(revoke, undefined, []);
  };
  return made;
}

const NotedProxy = new Proxy(Proxy, {
  __proto__: null,
  construct(target, args, newTarget) {
    const proxy = ReflectConstruct(target, args, newTarget);
    note(proxy, args[0], args[1]);
    return proxy;
  },
});

ObjectDefineProperty(Proxy, 'revocable', { __proto__: null, value: revocable, writable: true, enumerable: false, configurable: true });

export { NotedProxy as Proxy };
