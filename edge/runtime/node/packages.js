// Modules that are not of Node, and are there for functions which bring none of the same name: packages of npm, and what
// functions of Invoke find as `_eventtarget`.

/** Name -> a factory, called once per isolate.  FALLBACKS in ../node_modules.py has the same names. */
export const packages = {
  __proto__: null,
  _eventtarget: () => {
    const { CustomEvent, Event, EventTarget } = import('../events/index.js');
    return { CustomEvent, Event, EventTarget };
  },
  'mime-types': () => import('./internal/mime.js').mime,
  'node-fetch': () => import('./node_fetch.js').default,
};
