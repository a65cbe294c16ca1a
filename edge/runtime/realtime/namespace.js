// RealtimeNamespace: handlers for the events of Socket.IO clients, as a function that can be exported, or used by a Router.

import { Function, ObjectDefineProperty, ObjectSetPrototypeOf, PromisePrototypeThen, SafeWeakMap, String } from '../bootstrap/primordials.js';
import { currentEvent } from './event.js';
import { handleEvent } from './handle.js';
import { BroadcastOperator } from './operator.js';
import { recogniseNamespacesBy } from './registry.js';
import { RealtimeSocket } from './socket.js';

const states = new SafeWeakMap();

const all = (namespace) => new BroadcastOperator(states.get(namespace).path, [], []);

export class RealtimeNamespace {
  constructor(path = '') {
    const namespace = (req, res, next) => serve(namespace, res, next);
    ObjectSetPrototypeOf(namespace, new.target.prototype);
    ObjectDefineProperty(namespace, 'name', { __proto__: null, value: String(path), configurable: true });
    states.set(namespace, { __proto__: null, path: String(path), socket: new RealtimeSocket(String(path)) });
    return namespace;
  }

  get socket() { return states.get(this).socket; }

  to(room) { return all(this).to(room); }
  in(room) { return all(this).to(room); }
  except(room) { return all(this).except(room); }

  emit(event, ...args) {
    return all(this).emitAll(event, args);
  }
}
ObjectSetPrototypeOf(RealtimeNamespace.prototype, Function.prototype);
recogniseNamespacesBy((value) => typeof value === 'function' && states.has(value));

// Requests that are no events are somebody else's.
function serve(namespace, res, next) {
  const event = currentEvent();
  const { path, socket } = states.get(namespace);
  if (event === null || event.taken || (path !== '' && path !== event.path)) {
    next();
    return;
  }
  PromisePrototypeThen(handleEvent(event, namespace, path, socket), () => answer(event, res), next);
}

function answer({ refusal }, res) {
  if (refusal === null) res.end();
  else res.status(403).type('json').send(refusal);
}

/** What an exported namespace does with an event, whatever its path. */
export function deliver(namespace, event) {
  const { path, socket } = states.get(namespace);
  return handleEvent(event, namespace, path, socket);
}

export const globals = { RealtimeNamespace };
