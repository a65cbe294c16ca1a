// req.app: what middlewares ask an Express app for.  https://expressjs.com/en/5x/api.html#app

import { ObjectAssign } from '../../bootstrap/primordials.js';

const SETTINGS = {
  __proto__: null, etag: 'weak', env: 'production', 'query parser': 'simple', 'subdomain offset': 2, 'trust proxy': false, 'jsonp callback name': 'callback', 'x-powered-by': false,
};

/** Settings that can be read and set, for this request; they change nothing. */
export function createApp() {
  const settings = { ...SETTINGS };
  const app = { locals: { __proto__: null, settings }, settings, mountpath: '/', parent: undefined };
  const set = (name, value) => {
    settings[name] = value;
    return app;
  };
  return ObjectAssign(app, {
    get: (name) => settings[name],
    set: (...args) => (args.length === 1 ? settings[args[0]] : set(args[0], args[1])),
    enable: (name) => set(name, true),
    disable: (name) => set(name, false),
    enabled: (name) => Boolean(settings[name]),
    disabled: (name) => !settings[name],
    path: () => '',
  });
}
