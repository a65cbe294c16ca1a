// Modules that are not of Node, and are there for functions which bring none of the same name: packages of npm, and what
// functions of Invoke find as `_eventtarget`.

import { CustomEvent, Event, EventTarget } from '../events/index.js';

/** Name -> a factory, called once per isolate.  FALLBACKS in ../node_modules.py has the same names. */
export const packages = {
  __proto__: null,
  _eventtarget: () => ({ CustomEvent, Event, EventTarget }),
  'mime-types': () => import('./internal/mime.js').mime,
  'node-fetch': () => import('./node_fetch.js').default,
};
