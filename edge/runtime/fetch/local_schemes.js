// Fetches that need no network.  https://fetch.spec.whatwg.org/#scheme-fetch

import { ArrayPrototypePush } from '../bootstrap/primordials.js';
import { serializeURL } from '../url/index.js';
import { Body } from './body.js';
import { readDataURL } from './data_url.js';
import { networkError } from './network_error.js';
import { ResponseState } from './response.js';

function localResponse({ method }, url, signal, bytes) {
  const state = new ResponseState();
  state.type = 'basic';
  state.statusText = 'OK';
  state.url = url;
  state.immutable = true;
  if (method === 'HEAD') return state;
  state.body = new Body(bytes);
  state.body.signal = signal;
  return state;
}

/** The ResponseState of a `data:` URL. */
export function fetchData(request, record, signal) {
  const data = readDataURL(record);
  if (data === null) throw networkError('the data: URL is malformed', 'ERR_INVALID_URL');
  const state = localResponse(request, serializeURL(record, true), signal, data.bytes);
  ArrayPrototypePush(state.list, ['content-type', data.type]);
  return state;
}
