// One request and its response on one connection, until both are complete or the connection is lost.

import { StringPrototypeStartsWith } from '../../../bootstrap/primordials.js';
import { queueMicrotask } from '../../../events/index.js';
import { connectionReset } from './errors.js';
import { IncomingMessage } from './incoming.js';
import { reset } from './request_options.js';
import { ResponseParser } from './response_parser.js';

const MAX_HEAD = 16384;

/** Once, and only to who listens in vain when nobody does. */
export function emitError(request, error) {
  request.emit('error', error);
}

/** Connects a request with its socket; the socket hears nothing of it any more when the exchange is over. */
export function attach(request, socket) {
  const exchange = new Exchange(request, socket);
  request.socket = socket;
  request.parser = exchange;
  socket._httpMessage = request;
  exchange.listen();
  if (request.timeout !== undefined) request._listenForTimeout(socket);
  request.emit('socket', socket);
}

class Exchange {
  #request;
  #socket;
  #parser;
  #response = null;
  #failed = false;
  #listeners;
  #finished = false;

  constructor(request, socket) {
    this.#request = request;
    this.#socket = socket;
    const hears = {
      __proto__: null,
      onHead: (head) => this.#onHead(head),
      onBody: (bytes) => this.#onBody(bytes),
      onTrailers: (fields) => this.#response._addHeaderLines(fields, true),
      onEnd: () => this.#onEnd(),
    };
    this.#parser = new ResponseParser(hears, request.maxHeaderSize || MAX_HEAD);
    this.#listeners = {
      __proto__: null,
      data: (bytes) => this.#onData(bytes),
      end: () => this.#onSocketEnd(),
      error: (error) => this.#onSocketError(error),
      close: () => this.#onClose(),
      drain: () => this.#onDrain(),
    };
  }

  listen() {
    const { data, end, error, close, drain } = this.#listeners;
    this.#socket.on('error', error);
    this.#socket.on('data', data);
    this.#socket.on('end', end);
    this.#socket.on('close', close);
    this.#socket.on('drain', drain);
  }

  #forget(all) {
    const { data, end, error, close, drain } = this.#listeners;
    this.#socket.removeListener('data', data);
    this.#socket.removeListener('end', end);
    this.#socket.removeListener('drain', drain);
    if (!all) return;
    this.#socket.removeListener('error', error);
    this.#socket.removeListener('close', close);
    if (this.#request.timeoutCb !== null) this.#socket.removeListener('timeout', this.#request.timeoutCb);
  }

  // -- what the socket says

  #onData(bytes) {
    try {
      this.#parser.feed(bytes);
    } catch (error) {
      error.rawPacket = bytes;
      this.#break(error);
      return;
    }
    // Bytes behind a response belong to nobody: the connection is not used again.
    if (this.#response?.complete && !this.#response.upgrade && this.#parser.takeRest().length > 0) this.#request.shouldKeepAlive = false;
  }

  #break(error) {
    this.#forget(false);
    this.#fail(error);
    this.#socket.destroy();
  }

  #fail(error) {
    if (this.#failed) return;
    this.#failed = true;
    this.#socket._hadError = true;
    if (this.#response !== null && !this.#response.complete) this.#response.destroy(error.code === undefined || !StringPrototypeStartsWith(`${error.code}`, 'HPE_') ? connectionReset('aborted') : error);
    else emitError(this.#request, error);
  }

  #onSocketEnd() {
    if (this.#response === null && !this.#failed) {
      this.#fail(reset());
    } else if (!this.#failed) {
      try {
        this.#parser.finish();
      } catch {
        this.#failed = true; // what becomes of the response is said when the socket has closed
      }
    }
    this.#socket.destroy();
  }

  #onSocketError(error) {
    this.#forget(false);
    if (this.#response === null) this.#fail(error);
    else this.#failed = true;
    this.#socket.destroy();
  }

  #onClose() {
    const request = this.#request;
    const response = this.#response;
    request.destroyed = true;
    if (response !== null) {
      if (!response.complete) response.destroy(connectionReset('aborted'));
      request._closed = true;
      request.emit('close');
      if (!response.aborted && response.readable) response.push(null);
    } else {
      if (!this.#failed) {
        this.#failed = true;
        this.#socket._hadError = true;
        if (!request.aborted || request.listenerCount('error') > 0) emitError(request, reset());
      }
      request._closed = true;
      request.emit('close');
    }
    request.outputData.length = 0;
    this.#forget(true);
  }

  #onDrain() {
    const request = this.#request;
    if (!request.finished && request.writableNeedDrain) request._drained();
  }

  // -- what the response says

  /** Whether a body follows: "body", "none"; "more" when this is not the response yet, "switched" when HTTP ends here. */
  #onHead(head) {
    const request = this.#request;
    const response = this.#messageOf(head);
    if (request.method === 'CONNECT' ? head.status < 300 : head.status === 101) return this.#onSwitch(response);
    if (head.status < 200) {
      this.#onInformation(response);
      return 'more';
    }
    if (request.shouldKeepAlive && (head.close || (!head.chunked && head.length === null && !isBodiless(request, head)))) request.shouldKeepAlive = false;
    this.#response = response;
    request.res = response;
    response.on('end', () => this.#settle());
    request.on('finish', () => this.#settle());
    if (request.aborted || !request.emit('response', response)) response._dump();
    return isBodiless(request, head) ? 'none' : 'body';
  }

  #messageOf(head) {
    const response = new IncomingMessage(this.#socket);
    response.httpVersionMajor = 1;
    response.httpVersionMinor = head.minor;
    response.httpVersion = `1.${head.minor}`;
    response.statusCode = head.status;
    response.statusMessage = head.reason;
    response.joinDuplicateHeaders = this.#request.joinDuplicateHeaders ?? false;
    response.upgrade = false;
    response.req = this.#request;
    response._addHeaderLines(head.fields, false);
    return response;
  }

  #onInformation(response) {
    const { statusCode, statusMessage, httpVersion, httpVersionMajor, httpVersionMinor, headers, rawHeaders } = response;
    if (statusCode === 100) this.#request.emit('continue');
    this.#request.emit('information', { statusCode, statusMessage, httpVersion, httpVersionMajor, httpVersionMinor, headers, rawHeaders });
  }

  #onSwitch(response) {
    response.upgrade = true;
    this.#response = response;
    this.#request.res = response;
    // Behind the parser: what follows the head is the first of the other protocol.
    this.#forget(true);
    this.#socket._httpMessage = null;
    response.complete = true;
    queueMicrotask(() => this.#handOver(response));
    this.#socket.pause();
    return 'switched';
  }

  #handOver(response) {
    const request = this.#request;
    const socket = this.#socket;
    const event = request.method === 'CONNECT' ? 'connect' : 'upgrade';
    if (request.listenerCount(event) === 0) {
      socket.destroy();
    } else {
      request.upgradeOrConnect = true;
      socket.emit('agentRemove');
      socket.readableFlowing = null;
      if (socket._readableState) socket._readableState.flowing = null;
      request.emit(event, response, socket, this.#parser.takeRest());
    }
    request.destroyed = true;
    request._closed = true;
    request.emit('close');
  }

  #onBody(bytes) {
    const response = this.#response;
    if (response._dumped || response.destroyed) return;
    if (!response.push(bytes)) this.#socket.pause();
  }

  #onEnd() {
    const response = this.#response;
    response.complete = true;
    this.#forget(false);
    response.push(null);
    if (response._dumped) response.resume();
    // Whoever waits for the next message on this connection must not wait for this body to be read.
    this.#socket.resume();
  }

  /** Both are done: the connection is free, or it ends. */
  #settle() {
    const request = this.#request;
    if (this.#finished || this.#failed || !this.#response.readableEnded) return;
    request._ended = true;
    if (!request.shouldKeepAlive) {
      this.#finished = true;
      const socket = this.#socket;
      if (!socket.writable) return;
      // A connection of the function's own making need not be a socket.
      if (typeof socket.destroySoon === 'function') socket.destroySoon();
      else socket.end();
      return;
    }
    if (!request.writableFinished || this.#response.aborted) return;
    this.#finished = true;
    this.#forget(true);
    const socket = this.#socket;
    queueMicrotask(() => {
      request.destroyed = true;
      request._closed = true;
      request.emit('close');
      socket.emit('free');
    });
  }
}

function isBodiless(request, { status }) {
  return request.method === 'HEAD' || status === 204 || status === 304;
}
