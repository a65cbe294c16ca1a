// Agent: a pool of connections: https://nodejs.org/api/http.html#class-httpagent
//
// A connection belongs to the invocation that opened it, so requests of another one never get it.

import {
  ArrayPrototypeIndexOf, ArrayPrototypePush, ArrayPrototypeShift, ArrayPrototypeSplice, Number, ObjectDefineProperty, ObjectKeys, ObjectSetPrototypeOf, ReflectApply,
  ReflectOwnKeys, RegExpPrototypeExec, StringPrototypeSplit, StringPrototypeStartsWith, Symbol,
} from '../../../bootstrap/primordials.js';
import { currentInvocation } from '../../../bootstrap/host.js';
import { EventEmitter } from '../emitter.js';
import { invalidArgValue, validateNumber } from '../errors.js';
import { named } from '../named.js';

const kRequestOptions = Symbol('requestOptions');
const KEEP_ALIVE_DELAY = 1000;
const MAX_FREE = 256;
// A server may close a connection just when we take it: what it announces is shortened by this.
const HINT_MARGIN = 1000;

/** Whether a request may have a socket; those of the function's own making are anybody's. */
const suits = (socket, request) => socket._invocation === undefined || socket._invocation === request._invocation;

export function Agent(options) {
  if (!new.target && !(this instanceof Agent)) return new Agent(options);
  ReflectApply(EventEmitter, this, []);
  this.options = { __proto__: null, ...options };
  this.defaultPort = this.options.defaultPort || 80;
  this.protocol = this.options.protocol || 'http:';
  if (this.options.noDelay === undefined) this.options.noDelay = true;
  this.options.path = null;
  this.requests = { __proto__: null };
  this.sockets = { __proto__: null };
  this.freeSockets = { __proto__: null };
  this.keepAliveMsecs = this.options.keepAliveMsecs || KEEP_ALIVE_DELAY;
  this.keepAlive = this.options.keepAlive || false;
  this.maxSockets = this.options.maxSockets || Infinity;
  this.maxFreeSockets = this.options.maxFreeSockets || MAX_FREE;
  this.scheduling = this.options.scheduling || 'lifo';
  this.maxTotalSockets = this.options.maxTotalSockets;
  this.totalSocketCount = 0;
  if (this.scheduling !== 'fifo' && this.scheduling !== 'lifo') throw invalidArgValue('scheduling', this.scheduling, "must be one of: 'fifo', 'lifo'");
  if (this.maxTotalSockets === undefined) this.maxTotalSockets = Infinity;
  else validateNumber(this.maxTotalSockets, 'maxTotalSockets', 1);
  this.on('free', (socket, given) => free(this, socket, given));
  return this;
}
named('Agent', Agent);
ObjectSetPrototypeOf(Agent.prototype, EventEmitter.prototype);
ObjectSetPrototypeOf(Agent, EventEmitter);

function onFreeError() {
  this.destroy();
  this.emit('agentRemove');
}

/** Takes the first item that `fits` out of a list; undefined when there is none. */
function takeFirst(list, fits) {
  for (let i = 0; list !== undefined && i < list.length; i++) {
    const item = list[i];
    if (fits(item)) {
      ArrayPrototypeSplice(list, i, 1);
      return item;
    }
  }
  return undefined;
}

function drop(table, name) {
  if (table[name]?.length === 0) delete table[name];
}

/** A request is done with a socket: the next one gets it, or it waits, or it goes. */
function free(agent, socket, options) {
  const name = agent.getName(options);
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const next = takeFirst(agent.requests[name], (request) => suits(socket, request));
  if (next !== undefined) {
    drop(agent.requests, name);
    assign(agent, next, socket);
    return;
  }
  const request = socket._httpMessage;
  const idle = agent.freeSockets[name] ?? [];
  const count = idle.length + (agent.sockets[name]?.length ?? 0);
  const full = agent.totalSocketCount > agent.maxTotalSockets || count > agent.maxSockets || idle.length >= agent.maxFreeSockets;
  if (!request?.shouldKeepAlive || !agent.keepAlive || full || !agent.keepSocketAlive(socket)) {
    socket.destroy();
    return;
  }
  agent.freeSockets[name] = idle;
  socket._httpMessage = null;
  agent.removeSocket(socket, options);
  socket.once('error', onFreeError);
  ArrayPrototypePush(idle, socket);
}

function takeIdle(agent, name, request) {
  const idle = agent.freeSockets[name];
  if (idle === undefined) return undefined;
  const usable = (socket) => !socket.destroyed && socket.writable && suits(socket, request);
  for (let i = idle.length - 1; i >= 0; i--) if (idle[i].destroyed) ArrayPrototypeSplice(idle, i, 1);
  let found;
  if (agent.scheduling === 'fifo') found = takeFirst(idle, usable);
  else {
    for (let i = idle.length - 1; i >= 0 && found === undefined; i--) if (usable(idle[i])) found = idle[i];
    if (found !== undefined) ArrayPrototypeSplice(idle, ArrayPrototypeIndexOf(idle, found), 1);
  }
  drop(agent.freeSockets, name);
  return found;
}

/** The name of a list of requests that may have a connection now that one is gone; `name` comes first. */
function listWithRoom(agent, name) {
  if (agent.totalSocketCount >= agent.maxTotalSockets) return undefined;
  const hasRoom = (other) => (agent.sockets[other]?.length ?? 0) < agent.maxSockets;
  if (agent.requests[name] !== undefined && hasRoom(name)) return name;
  const others = ObjectKeys(agent.requests);
  for (let i = 0; i < others.length; i++) if (hasRoom(others[i])) return others[i];
  return undefined;
}

function assign(agent, request, socket) {
  request.onSocket(socket);
  const { timeout } = agent.options;
  if (request.timeout !== undefined && request.timeout !== timeout) socket.setTimeout(request.timeout);
}

function listen(agent, socket, options) {
  const onFree = () => agent.emit('free', socket, options);
  const onTimeout = () => {
    const tables = ObjectKeys(agent.freeSockets);
    for (let i = 0; i < tables.length; i++) if (ArrayPrototypeIndexOf(agent.freeSockets[tables[i]], socket) >= 0) return socket.destroy();
    return undefined;
  };
  const onClose = () => {
    agent.totalSocketCount -= 1;
    agent.removeSocket(socket, options);
  };
  const onRemove = () => {
    agent.totalSocketCount -= 1;
    agent.removeSocket(socket, options);
    socket.removeListener('close', onClose);
    socket.removeListener('free', onFree);
    socket.removeListener('timeout', onTimeout);
    socket.removeListener('agentRemove', onRemove);
  };
  socket.on('free', onFree);
  socket.on('close', onClose);
  socket.on('timeout', onTimeout);
  socket.on('agentRemove', onRemove);
  if (agent.options.timeout) socket.setTimeout(agent.options.timeout);
}

/** The name for SNI and the certificate: that of the Host header, unless it is an address. */
function nameServer(options, request) {
  if (options.servername || options.servername === '') return;
  let name = options.host;
  const host = request?.getHeader?.('host');
  if (typeof host === 'string') {
    name = StringPrototypeStartsWith(host, '[') ? host : StringPrototypeSplit(host, ':', 1)[0];
  }
  options.servername = RegExpPrototypeExec(/^[\d.]+$|:/, `${name ?? ''}`) === null ? name : '';
}

const methods = {
  __proto__: null,
  createConnection: (options, callback) => import('../../net.js').default.createConnection(options, callback),

  getName(options = {}) {
    let name = `${options.host || 'localhost'}:`;
    if (options.port) name += options.port;
    name += ':';
    if (options.localAddress) name += options.localAddress;
    if (options.family === 4 || options.family === 6) name += `:${options.family}`;
    if (options.socketPath) name += `:${options.socketPath}`;
    return name;
  },

  addRequest(request, given, port, localAddress) {
    const options = { __proto__: null, ...(typeof given === 'string' ? { host: given, port, localAddress } : given), ...this.options };
    if (options.socketPath) options.path = options.socketPath;
    nameServer(options, request);
    const name = this.getName(options);
    request._invocation ??= currentInvocation();
    // The gateway lets the first request of a connection change protocols (edge/services/sockets/guard.py).
    const idle = request.getHeader('upgrade') === undefined ? takeIdle(this, name, request) : undefined;
    if (idle !== undefined) {
      this.reuseSocket(idle, request);
      assign(this, request, idle);
      ArrayPrototypePush(this.sockets[name] ??= [], idle);
      return;
    }
    if ((this.sockets[name]?.length ?? 0) < this.maxSockets && this.totalSocketCount < this.maxTotalSockets) {
      open(this, request, options);
      return;
    }
    request[kRequestOptions] = options;
    ArrayPrototypePush(this.requests[name] ??= [], request);
  },

  createSocket(request, given, callback) {
    const options = { __proto__: null, ...given, ...this.options };
    if (options.socketPath) options.path = options.socketPath;
    nameServer(options, request);
    const name = this.getName(options);
    options._agentKey = name;
    options.encoding = null;
    if (this.keepAlive) {
      options.keepAlive = true;
      options.keepAliveInitialDelay = this.keepAliveMsecs;
    }
    let made = false;
    const created = (error, socket) => {
      if (made) return;
      made = true;
      if (error) {
        callback(error);
        return;
      }
      ArrayPrototypePush(this.sockets[name] ??= [], socket);
      this.totalSocketCount += 1;
      listen(this, socket, options);
      callback(null, socket);
    };
    const socket = this.createConnection(options, created);
    if (socket) created(null, socket);
  },

  removeSocket(socket, options) {
    const name = this.getName(options);
    const tables = socket.writable ? [this.sockets] : [this.sockets, this.freeSockets];
    for (let i = 0; i < tables.length; i++) {
      const at = tables[i][name] === undefined ? -1 : ArrayPrototypeIndexOf(tables[i][name], socket);
      if (at >= 0) ArrayPrototypeSplice(tables[i][name], at, 1);
      drop(tables[i], name);
    }
    const waiting = listWithRoom(this, name);
    if (waiting === undefined) return;
    const next = ArrayPrototypeShift(this.requests[waiting]);
    drop(this.requests, waiting);
    open(this, next, next[kRequestOptions]);
  },

  keepSocketAlive(socket) {
    socket.setKeepAlive(true, this.keepAliveMsecs);
    socket.unref();
    let timeout = this.options.timeout || 0;
    const hint = RegExpPrototypeExec(/(?:^|[,\s])timeout=(\d+)/, `${socket._httpMessage?.res?.headers?.['keep-alive'] ?? ''}`);
    if (hint !== null) {
      const announced = Number(hint[1]) * 1000 - HINT_MARGIN;
      if (announced <= 0) return false;
      if (timeout === 0 || announced < timeout) timeout = announced;
    }
    if (socket.timeout !== timeout) socket.setTimeout(timeout);
    return true;
  },

  reuseSocket(socket, request) {
    socket.removeListener('error', onFreeError);
    request.reusedSocket = true;
    socket.ref();
  },

  destroy() {
    const tables = [this.freeSockets, this.sockets];
    for (let t = 0; t < tables.length; t++) {
      const names = ObjectKeys(tables[t]);
      for (let i = 0; i < names.length; i++) {
        const all = tables[t][names[i]] ?? [];
        for (let at = all.length - 1; at >= 0; at--) all[at].destroy();
      }
    }
  },
};

function open(agent, request, options) {
  agent.createSocket(request, options, (error, socket) => {
    if (error) request.onSocket(null, error);
    else assign(agent, request, socket);
  });
}

const names = ReflectOwnKeys(methods);
for (let i = 0; i < names.length; i++) ObjectDefineProperty(Agent.prototype, names[i], { __proto__: null, value: methods[names[i]], writable: true, enumerable: true, configurable: true });
