// What the code that starts threads has.  A worker is what its thread has exposed, and a few members of its own.
const define = (name, value) => Object.defineProperty(global, name, { value, writable: true, enumerable: false, configurable: true });
const workerOf = (threadId) => new Proxy({ __proto__: null }, {
  get: (_, key) => {
    if (typeof key === 'symbol' || key === 'then' || key === 'toJSON') return undefined;
    if (key === 'threadId') return threadId;
    if (key === 'isDisposed') return host.isDisposed(threadId);
    if (key === 'dispose') return () => { host.dispose(threadId); };
    return (...args) => host.call(threadId, key, args);
  },
  set: () => false,
});
define('startThread', async (file) => workerOf(await host.start(typeof file === 'string' ? file : { ...file })));
define('exposeCallables', (callables) => vm.exposeAll(callables));
define('isThread', false);
