// fetch(): https://fetch.spec.whatwg.org/#fetch-method
// The network is the host's: redirects, egress rules and decompression happen there.

import {
  ArrayPrototypePush, Promise, PromisePrototypeThen, StringPrototypeToLowerCase, TypedArrayPrototypeGetLength, TypeError,
} from '../bootstrap/primordials.js';
import { contextInvocation, hostCall } from '../bootstrap/host.js';
import { abortReason, isAborted, onAbort } from '../abort/index.js';
import { encodeUtf8 } from '../encoding/index.js';
import { parseURL } from '../url/index.js';
import { requireArguments } from '../webidl/index.js';
import { Body } from './body.js';
import { readDataURL } from './data_url.js';
import { Request, requestState } from './request.js';
import { ResponseState, createResponse } from './response.js';

const ignore = () => {};

/** https://fetch.spec.whatwg.org/#dom-global-fetch */
export async function fetch(input, init = undefined) {
  requireArguments(arguments.length, 1, 'fetch');
  const state = requestState(new Request(input, init));
  const signal = state.signalSource === null ? null : state.openSignal();
  if (signal !== null && isAborted(signal)) {
    state.body?.discard(abortReason(signal));
    throw abortReason(signal);
  }
  const { scheme } = parseURL(state.href());
  if (scheme === 'data') return fromDataURL(state);
  if (scheme !== 'http' && scheme !== 'https') throw new TypeError(`fetch failed: the scheme "${scheme}:" is not supported (http, https and data are)`);
  return createResponse(await raceAbort(send(state, signal), signal));
}

function fromDataURL(request) {
  const data = readDataURL(parseURL(request.href()));
  if (data === null) throw new TypeError('fetch failed: the data: URL is malformed');
  const state = new ResponseState();
  state.type = 'basic';
  state.statusText = 'OK';
  state.url = request.href();
  state.immutable = true;
  ArrayPrototypePush(state.list, ['content-type', data.type]);
  state.body = new Body(data.bytes);
  return createResponse(state);
}

async function send(request, signal) {
  let body;
  if (request.body !== null) {
    const { content } = await request.body.readAll();
    body = typeof content === 'string' ? encodeUtf8(content) : content;
  }
  if (signal !== null && isAborted(signal)) throw abortReason(signal);
  const { method, list, redirect } = request;
  const { value, data } = await hostCall('fetch.start', { __proto__: null, url: request.href(), method, headers: list, redirect }, body);
  return receive(value, data, signal, method);
}

function receive(head, data, signal, method) {
  const state = new ResponseState();
  state.type = 'basic';
  state.status = head.status;
  state.statusText = head.status_text;
  state.url = head.url;
  state.redirected = head.redirected;
  state.immutable = true;
  for (let i = 0; i < head.headers.length; i++) {
    ArrayPrototypePush(state.list, [StringPrototypeToLowerCase(head.headers[i][0]), head.headers[i][1]]);
  }
  state.body = bodyOf(head, data, signal, method);
  return state;
}

function bodyOf(head, data, signal, method) {
  const { stream, status } = head;
  if (stream !== null && stream !== undefined) return remoteBody(stream, signal);
  if (method === 'HEAD' || status === 204 || status === 205 || status === 304) return null;
  return new Body(data ?? '');
}

/**
 * A body that the host sends piece by piece; an abort cancels it there and fails the next read.  The stream is one of the
 * invocation that fetched, whoever reads it.
 */
function remoteBody(stream, signal) {
  const owner = contextInvocation();
  let ended = false;
  let stopListening = ignore;
  const end = () => {
    if (ended) return;
    ended = true;
    stopListening();
    PromisePrototypeThen(hostCall('fetch.cancel', { __proto__: null, stream }, undefined, owner), undefined, ignore);
  };
  if (signal !== null && isAborted(signal)) end();
  else if (signal !== null) stopListening = onAbort(signal, end);
  const pull = async () => {
    if (signal !== null && isAborted(signal)) throw abortReason(signal);
    if (ended) return { __proto__: null, chunk: null };
    const { value, data } = await raceAbort(hostCall('fetch.read', { __proto__: null, stream }, undefined, owner), signal);
    if (value === true) {
      ended = true;
      stopListening();
      return { __proto__: null, chunk: data !== undefined && TypedArrayPrototypeGetLength(data) > 0 ? data : null };
    }
    return { __proto__: null, chunk: data };
  };
  return new Body(null, pull, end);
}

// The promise, or the signal's reason as soon as that aborts.
function raceAbort(promise, signal) {
  if (signal === null || isAborted(signal)) return promise;
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, reject);
    PromisePrototypeThen(
      promise,
      (value) => {
        stop();
        resolve(value);
      },
      (error) => {
        stop();
        reject(error);
      },
    );
  });
}
