// Requests and responses on their way to the store of the host and back.

import {
  JSONParse, JSONStringify, StringPrototypeIndexOf, StringPrototypeSlice, TypedArrayPrototypeGetLength, TypedArrayPrototypeSubarray, TypeError,
  Uint8Array,
} from '../bootstrap/primordials.js';
import { contextInvocation, hostCall } from '../bootstrap/host.js';
import { Body, Request, createRequest, requestState } from '../fetch/index.js';
import { ResponseState, createResponse, responseState } from '../fetch/response.js';
import { describe, toDictionary, toDOMString } from '../webidl/index.js';

const URL_SCHEME = { __proto__: null, http: true, https: true };

/** The state of a request, or of one for a URL. */
export function inner(request) {
  return requestState(request) ?? requestState(new Request(request));
}

/** Throws for what cannot be a key. */
export function checkKey(state, what) {
  const url = state.href();
  if (!URL_SCHEME[StringPrototypeSlice(url, 0, StringPrototypeIndexOf(url, ':'))]) throw new TypeError(`${what}: the scheme of the request must be http or https`);
  if (state.method !== 'GET') throw new TypeError(`${what}: the method of the request must be GET (got ${state.method})`);
}

/** Arguments that look for a request. */
export function asked(state, options, what) {
  const { ignoreSearch, ignoreMethod, ignoreVary } = toDictionary(options, `The options of ${what}`);
  return {
    __proto__: null,
    url: state.href(),
    method: state.method,
    headers: state.list,
    options: { __proto__: null, ignoreSearch: !!ignoreSearch, ignoreMethod: !!ignoreMethod, ignoreVary: !!ignoreVary },
  };
}

/** The state of a response that can be put; throws for others. */
export function putable(response, what) {
  const state = responseState(response);
  if (state === null) throw new TypeError(`${what}: the response must be a Response (got ${describe(response)})`);
  if (state.socket !== null) throw new TypeError(`${what}: a response with a WebSocket cannot be kept`);
  if (state.status === 206) throw new TypeError(`${what}: a response with status 206 is only a part and cannot be kept`);
  if (state.status < 200 && state.type !== 'error') throw new TypeError(`${what}: a response with status ${state.status} cannot be kept`);
  if (state.body !== null && state.body.unusable) throw new TypeError(`${what}: the body of the response is already used or locked (put response.clone() where it is read as well)`);
  return state;
}

/** Arguments that keep a response. */
export function kept(cache, request, response) {
  return {
    __proto__: null,
    cache,
    url: request.href(),
    headers: request.list,
    status: response.status,
    statusText: response.statusText,
    responseHeaders: response.list,
    responseUrl: response.url,
    responseType: response.type,
  };
}

function isNullBodyStatus(status) {
  return status === 0 || status === 204 || status === 205 || status === 304;
}

// A large one, read in pieces when somebody wants them, by the invocation that has found it.
function streamedBody(stream, size) {
  const owner = contextInvocation();
  let at = 0;
  const body = new Body(null, async () => {
    if (at >= size) return { __proto__: null, chunk: null };
    const { data } = await hostCall('cache.read', { __proto__: null, stream, at }, undefined, owner);
    at += TypedArrayPrototypeGetLength(data);
    return { __proto__: null, chunk: data };
  });
  body.declared = size;
  return body;
}

/** A Response, of what the host has found. */
export function responseOf({ status, statusText, headers, url, type, size, stream }, data) {
  const state = new ResponseState();
  state.status = status;
  state.statusText = statusText;
  state.list = headers;
  state.url = url;
  state.type = type;
  state.immutable = true;
  if (stream !== null) state.body = streamedBody(stream, size);
  else if (!isNullBodyStatus(status)) state.body = new Body(data ?? new Uint8Array(0));
  return createResponse(state);
}

/** All of what the host has found, whose bodies are one after the other in `data`. */
export function responsesOf(found, data) {
  const responses = [];
  let at = 0;
  for (let i = 0; i < found.length; i++) {
    const { size, stream } = found[i];
    // Nobody shall reach the neighbours through the buffer of a body.
    responses[i] = responseOf(found[i], size === 0 || stream !== null ? null : new Uint8Array(TypedArrayPrototypeSubarray(data, at, at + size)));
    at += size;
  }
  return responses;
}

/** A Request, of a key in the store. */
export function requestOf({ url, headers }) {
  const state = requestState(new Request(url));
  state.list = headers;
  state.immutable = true;
  return createRequest(state);
}

/** Names may be any string, also those that are no Unicode. */
export function nameText(name) {
  return JSONStringify(toDOMString(name));
}

export function nameOf(text) {
  return JSONParse(text);
}
