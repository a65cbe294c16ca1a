// One request on the network: https://fetch.spec.whatwg.org/#http-network-fetch
// The network is the host's: redirects, egress rules and decompression happen there (edge/services/http).

import {
  ArrayPrototypePush, Promise, PromisePrototypeThen, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeToLowerCase, TypedArrayPrototypeGetLength,
} from '../bootstrap/primordials.js';
import { contextInvocation, hostCall } from '../bootstrap/host.js';
import { onAbort } from '../abort/index.js';
import { encodeUtf8 } from '../encoding/index.js';
import { asciiLowerCase } from '../webidl/index.js';
import { Body } from './body.js';
import { copyHeaders, getHeader, removeHeader } from './headers.js';
import { bodyFailed, networkError, withCause } from './network_error.js';
import { ResponseState } from './response.js';

const ignore = () => {};
// What is larger goes in pieces: as one host call it would be in memory four to six times.
const AT_ONCE = 1048576;

let lastStream = 0;

/**
 * From the request's head to the end of the response's body.  `answer` is a promise of a ResponseState.  It is one of the
 * invocation that fetched, whoever reads the body.  An abort, at any stage, ends it on both sides.
 */
export class Exchange {
  #stream = (lastStream += 1);
  #owner = contextInvocation();
  #signal;
  #stopListening = ignore;
  #over = false;
  // Rejects what waits for the host: the answer, then each read.
  #reject = ignore;
  #upload = null;
  #body = null;

  constructor(request, signal) {
    this.#signal = signal;
    if (signal !== null) this.#stopListening = onAbort(signal, (reason) => this.#abort(reason));
    this.answer = new Promise((resolve, reject) => {
      this.#reject = reject;
      PromisePrototypeThen(
        this.#start(request),
        ({ value, data }) => {
          if (!this.#over) resolve(this.#receive(value, data, request.method));
        },
        (error) => this.#fail(withCause(error)),
      );
    });
  }

  #call(op, data) { return hostCall(op, { __proto__: null, stream: this.#stream }, data, this.#owner); }

  #start(request) {
    const { method, list, redirect, body } = request;
    const args = { __proto__: null, stream: this.#stream, url: request.href(), method, headers: withEncodings(list), redirect };
    let data;
    if (body !== null) {
      const { atHand } = body;
      data = typeof atHand === 'string' ? encodeUtf8(atHand) : atHand;
      if (data === null || TypedArrayPrototypeGetLength(data) > AT_ONCE) {
        args.upload = true;
        if (data !== null) args.length = TypedArrayPrototypeGetLength(data);
        else if (body.length !== null) args.length = body.length;
        data = undefined;
      } else body.consumed = true;
    }
    const started = hostCall('fetch.start', args, data, this.#owner);
    if (args.upload === true) this.#send(body);
    return started;
  }

  #send(body) {
    const { Upload } = import('./upload.js');
    this.#upload = new Upload(body, (op, data) => this.#call(op, data));
    PromisePrototypeThen(this.#upload.send(), undefined, (error) => this.#abort(bodyFailed(error)));
  }

  // https://fetch.spec.whatwg.org/#concept-response
  #receive(head, data, method) {
    const state = new ResponseState();
    state.type = 'basic';
    state.status = head.status;
    state.statusText = head.status_text;
    state.url = withoutFragment(head.url);
    state.redirected = head.redirected;
    state.immutable = true;
    for (let i = 0; i < head.headers.length; i++) {
      ArrayPrototypePush(state.list, [StringPrototypeToLowerCase(head.headers[i][0]), head.headers[i][1]]);
    }
    state.body = this.#receiveBody(head, data, method);
    const coding = state.body === null ? null : getHeader(state.list, 'content-encoding');
    if (coding !== null) this.#decode(state, asciiLowerCase(coding));
    return state;
  }

  #receiveBody({ stream, status }, data, method) {
    if (method === 'HEAD' || status === 204 || status === 205 || status === 304) {
      if (stream === null || stream === undefined) this.#finish();
      else this.#cancel(); // its end was not there yet when the head came
      return null;
    }
    if (stream === null || stream === undefined) {
      this.#finish();
      const body = new Body(data ?? '');
      body.signal = this.#signal;
      return body;
    }
    this.#reject = ignore;
    this.#body = new Body(null, () => this.#read(), () => this.#cancel());
    this.#body.ahead = 1;
    return this.#body;
  }

  // What the host has not decoded.
  #decode(state, coding) {
    const format = coding === 'br' ? 'brotli' : coding;
    if (format !== 'brotli' && format !== 'zstd') return;
    const { Decoding } = import('./decode.js');
    const next = state.body.take();
    const decoding = new Decoding(format, next, this.#signal);
    const cancel = (reason) => {
      decoding.close();
      next.cancel(reason);
    };
    const decoded = new Body(null, () => decoding.next(), cancel);
    decoded.ahead = state.body.ahead;
    if (this.#body !== null) this.#body = decoded;
    state.body = decoded;
    // They speak of the bytes on the wire: whoever passes the response on would send them to a client that gets others.
    removeHeader(state.list, 'content-encoding');
    removeHeader(state.list, 'content-length');
  }

  // A step of the body; see Body.
  #read() {
    return new Promise((resolve, reject) => {
      if (this.#over) {
        resolve({ __proto__: null, chunk: null });
        return;
      }
      this.#reject = reject;
      PromisePrototypeThen(
        this.#call('fetch.read'),
        ({ value, data }) => {
          if (value === true) this.#finish();
          resolve({ __proto__: null, chunk: value !== true || (data !== undefined && TypedArrayPrototypeGetLength(data) > 0) ? data : null });
        },
        (error) => this.#fail(withCause(error)),
      );
    });
  }

  #finish() {
    if (this.#over) return;
    this.#over = true;
    this.#stopListening();
    this.#upload?.cancel(networkError('the response came to its end before the request body was read', 'ERR_RESPONSE_COMPLETE'));
  }

  // It failed by itself.
  #fail(error) {
    if (this.#over) return;
    this.#over = true;
    this.#stopListening();
    this.#upload?.cancel(error);
    this.#body?.fail(error);
    this.#reject(error);
  }

  // The function has given it up, or its request body has failed.
  #abort(reason) {
    if (this.#over) return;
    this.#fail(reason);
    PromisePrototypeThen(this.#call('fetch.cancel'), undefined, ignore);
  }

  // The function does not want the rest of the response.
  #cancel() {
    if (this.#over) return;
    this.#finish();
    PromisePrototypeThen(this.#call('fetch.cancel'), undefined, ignore);
  }
}

// https://fetch.spec.whatwg.org/#http-network-or-cache-fetch, with what can be decoded here
function withEncodings(list) {
  if (getHeader(list, 'accept-encoding') !== null) return list;
  const all = copyHeaders(list);
  // A range is one of the bytes as they are sent.
  ArrayPrototypePush(all, ['accept-encoding', getHeader(list, 'range') === null ? 'gzip, deflate, br, zstd' : 'identity']);
  return all;
}

// https://fetch.spec.whatwg.org/#dom-response-url
function withoutFragment(url) {
  const at = StringPrototypeIndexOf(url, '#');
  return at < 0 ? url : StringPrototypeSlice(url, 0, at);
}
