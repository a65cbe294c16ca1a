// fetch(): https://fetch.spec.whatwg.org/#fetch-method

import { Promise, PromisePrototypeThen } from '../bootstrap/primordials.js';
import { abortReason, isAborted, onAbort } from '../abort/index.js';
import { parseURL } from '../url/index.js';
import { requireArguments } from '../webidl/index.js';
import { getHeader } from './headers.js';
import { networkError } from './network_error.js';
import { Exchange } from './exchange.js';
import { Request, requestState } from './request.js';
import { createResponse } from './response.js';

/** https://fetch.spec.whatwg.org/#dom-global-fetch */
export async function fetch(input, init = undefined) {
  requireArguments(arguments.length, 1, 'fetch');
  const state = requestState(new Request(input, init));
  const signal = state.signalSource === null ? null : state.openSignal();
  if (signal !== null && isAborted(signal)) {
    state.body?.discard(abortReason(signal));
    throw abortReason(signal);
  }
  const answer = schemeFetch(state, signal);
  return createResponse(await (state.integrity === '' ? answer : raceAbort(verified(answer, state), signal)));
}

// https://fetch.spec.whatwg.org/#scheme-fetch
function schemeFetch(state, signal) {
  const record = parseURL(state.href());
  switch (record.scheme) {
    case 'http':
    case 'https':
      if (getHeader(state.list, 'upgrade') !== null) return import('../websocket/fetch.js').fetchUpgrade(state, signal);
      return new Exchange(state, signal).answer;
    case 'data':
      return import('./local_schemes.js').fetchData(state, record, signal);
    case 'blob':
      return import('./blob_url.js').fetchBlob(state, state.blob, signal);
    default:
      throw networkError(`the scheme "${record.scheme}:" is not supported (http, https, data and blob are)`, 'ERR_UNSUPPORTED_SCHEME');
  }
}

async function verified(answer, { integrity }) {
  const state = await answer;
  await import('./integrity.js').verify(state, integrity);
  return state;
}

// The promise, or the signal's reason as soon as that aborts.
function raceAbort(promise, signal) {
  if (signal === null || isAborted(signal)) return promise;
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, reject);
    const settle = (then) => (value) => {
      stop();
      then(value);
    };
    PromisePrototypeThen(promise, settle(resolve), settle(reject));
  });
}
