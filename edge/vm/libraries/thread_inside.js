// What the code of a thread has.
const define = (name, value) => Object.defineProperty(global, name, { value, writable: true, enumerable: false, configurable: true });
define('host', new Proxy({ __proto__: null }, {
  get: (_, key) => (typeof key === 'symbol' || key === 'then' || key === 'toJSON' ? undefined : (...args) => host.call(key, args)),
  set: () => false,
}));
define('exposeCallables', (callables) => vm.exposeAll(callables));
