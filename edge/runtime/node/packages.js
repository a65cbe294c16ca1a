// Packages of npm that are there for functions which bring none of the same name.

/** Name -> a factory, called once per isolate.  FALLBACKS in ../node_modules.py has the same names. */
export const packages = {
  __proto__: null,
  'mime-types': () => import('./internal/mime.js').mime,
  'node-fetch': () => import('./node_fetch.js').default,
};
