// A service binding: fetch() of another function, in memory.

import { TypeError } from '../bootstrap/primordials.js';
import { abortReason, isAborted } from '../abort/index.js';
import { Request, requestState } from '../fetch/request.js';
import { createResponse } from '../fetch/response.js';
import { defineInterface, illegalConstructor, isObject, requireArguments } from '../webidl/index.js';
import { call } from './call.js';

const TOKEN = { __proto__: null };

export class Fetcher {
  #binding;

  constructor(token = undefined, binding = '') {
    if (token !== TOKEN) illegalConstructor();
    this.#binding = binding;
  }

  async fetch(input, init = undefined) {
    if (!isObject(this) || !(#binding in this)) throw new TypeError('Illegal invocation: not a service');
    requireArguments(arguments.length, 1, 'fetch');
    const state = requestState(new Request(input, init));
    const signal = state.signalSource === null ? null : state.openSignal();
    if (signal !== null && isAborted(signal)) {
      state.body?.discard(abortReason(signal));
      throw abortReason(signal);
    }
    return createResponse(await call(this.#binding, state, signal));
  }
}
defineInterface(Fetcher, 'Fetcher');

export function createFetcher(binding) {
  return new Fetcher(TOKEN, binding);
}
