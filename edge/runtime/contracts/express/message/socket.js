// What stands for the connection of a request: the gateway holds the real one.  https://nodejs.org/api/net.html#class-netsocket

import { StringPrototypeIncludes, StringPrototypeSlice, StringPrototypeStartsWith, TypeError } from '../../../bootstrap/primordials.js';
import { onAbort } from '../../../abort/index.js';
import { globals as timers } from '../../../timers/index.js';
import { EventEmitter } from '../../../node/internal/emitter.js';
import { named } from '../../../node/internal/named.js';

const MAPPED = '::ffff:';

class Socket extends EventEmitter {
  #timer = null;
  #listener = null;

  constructor(origin) {
    super();
    const { ip, url } = origin.request;
    this.remoteAddress = StringPrototypeStartsWith(ip, MAPPED) ? StringPrototypeSlice(ip, MAPPED.length) : ip;
    this.remoteFamily = StringPrototypeIncludes(this.remoteAddress, ':') ? 'IPv6' : 'IPv4';
    this.remotePort = 0;
    this.encrypted = StringPrototypeStartsWith(url, 'https:');
    this.destroyed = false;
    this.readable = true;
    this.writable = true;
    this.parser = null;
    this.server = null;
    onAbort(origin.signal, () => this.destroy());
  }

  address() {
    return {};
  }

  getPeerCertificate() {
    return {};
  }

  setTimeout(milliseconds, callback) {
    timers.clearTimeout(this.#timer);
    if (this.#listener !== null) this.removeListener('timeout', this.#listener);
    this.#listener = null;
    this.timeout = +milliseconds;
    if (!(this.timeout > 0)) return this;
    if (typeof callback === 'function') this.once('timeout', (this.#listener = callback));
    this.#timer = timers.setTimeout(() => this.emit('timeout'), this.timeout);
    return this;
  }

  destroy(error) {
    if (this.destroyed) return this;
    timers.clearTimeout(this.#timer);
    this.destroyed = true;
    this.readable = false;
    this.writable = false;
    this.emit('close', error !== undefined && error !== null);
    return this;
  }

  end() {
    return this;
  }

  write() {
    throw new TypeError('a function cannot write to the connection of its request: write to the response');
  }
}
named('Socket', Socket);

const INERT = ['setNoDelay', 'setKeepAlive', 'ref', 'unref', 'pause', 'resume', 'cork', 'uncork', 'setEncoding'];
for (let i = 0; i < INERT.length; i++) {
  Socket.prototype[INERT[i]] = function inert() {
    return this;
  };
}
Socket.prototype.destroySoon = Socket.prototype.destroy;

export const createSocket = (origin) => new Socket(origin);
