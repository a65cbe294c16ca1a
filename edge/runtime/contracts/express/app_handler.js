// Apps of frameworks that are no functions but can be made such: Koa, Fastify, Polka, restana.  Loaded when a package exports one.

import { ObjectDefineProperty, ReflectApply, TypeError } from '../../bootstrap/primordials.js';

const isFunction = (value) => typeof value === 'function';

// Fastify: https://fastify.dev/docs/latest/Reference/Server/#routing
function fastify(app) {
  return async (req, res) => {
    await app.ready();
    app.routing(req, res);
  };
}

function listenerOf(app) {
  if (isFunction(app.routing) && isFunction(app.ready)) return fastify(app);
  if (isFunction(app.callback) && isFunction(app.use)) return app.callback(); // Koa, restana
  if (isFunction(app.handler)) return (req, res) => app.handler(req, res); // Polka
  if (isFunction(app.handle)) return (req, res) => app.handle(req, res);
  if (isFunction(app.emit) && isFunction(app.close)) return (req, res) => app.emit('request', req, res); // http.Server
  return null;
}

/** The function of an object that could listen; null when it is none. */
export function handlerOfApp(app) {
  const listener = listenerOf(app);
  if (listener === null) return null;
  if (!isFunction(listener)) throw new TypeError('the app that the module exports has no function that handles requests');
  const handler = (req, res) => ReflectApply(listener, undefined, [req, res]);
  // It gets messages of node:http: see run.js.
  ObjectDefineProperty(handler, 'foreignApp', { __proto__: null, value: true });
  return handler;
}

