// The web contract: `export default { fetch(request, env, ctx) }`, or the function alone.

import {
  ArrayPrototypePush, ObjectFreeze, ReflectApply, StringPrototypeIndexOf, StringPrototypeSlice, TypedArrayPrototypeGetLength,
} from '../bootstrap/primordials.js';
import { BadFunction, BadResponse } from '../bootstrap/failures.js';
import { Body, RequestState, createRequest, responseState } from '../fetch/index.js';
import { describe } from '../webidl/index.js';
import { createEnv } from './env.js';

class Context {
  #invocation;
  #props = ObjectFreeze({});

  constructor(invocation) {
    this.#invocation = invocation;
  }

  get props() { return this.#props; }

  /** Work that goes on after the response; the invocation ends when it has settled. */
  waitUntil(promise) { this.#invocation.waitUntil(promise); }

  /** There is no origin behind the function, so a failure is answered as any other. */
  passThroughOnException() {}
}

/** Runs the handler and sends its response.  Throws what the handler threw, or BadResponse. */
export async function run(handler, invocation) {
  if (invocation.request.scheduled) {
    await import('./web_scheduled.js').run(handler, invocation, createEnv(invocation), new Context(invocation));
    return;
  }
  const answer = await callHandler(handler, createIncomingRequest(invocation), createEnv(invocation), new Context(invocation));
  await sendResponse(checked(answer), invocation);
}

function callHandler(handler, request, env, context) {
  const { fetch } = handler;
  if (typeof fetch === 'function') return ReflectApply(fetch, handler, [request, env, context]);
  if (typeof handler === 'function') return handler(request, env, context);
  throw new BadFunction('the default export has no fetch function (export default { fetch(request, env, ctx) { ... } })');
}

function createIncomingRequest(invocation) {
  const { request } = invocation;
  const state = new RequestState();
  state.method = request.method;
  state.url = urlOf(request);
  state.list = request.headers;
  state.immutable = true;
  state.redirect = 'manual';
  state.signalSource = () => invocation.signal;
  if (request.method !== 'GET' && request.method !== 'HEAD') state.body = incomingBody(invocation, request);
  return createRequest(state);
}

// Without the prefix that the route strips, so that a program finds its own paths wherever it is mounted.
function urlOf({ url, path, query, basePath }) {
  if (basePath === '') return url;
  const origin = StringPrototypeSlice(url, 0, StringPrototypeIndexOf(url, '/', StringPrototypeIndexOf(url, '://') + 3));
  return query === '' ? `${origin}${path}` : `${origin}${path}?${query}`;
}

// What came with the request is there at once; the rest is read when somebody wants it.
function incomingBody(invocation, { body, more, headers }) {
  if (!more) return body === null ? null : new Body(body);
  let first = body;
  const incoming = new Body(null, () => {
    if (first === null || TypedArrayPrototypeGetLength(first) === 0) return invocation.read();
    const chunk = first;
    first = null;
    return { __proto__: null, chunk };
  });
  for (let i = 0; i < headers.length; i++) if (headers[i][0] === 'content-length') incoming.declared = +headers[i][1];
  return incoming;
}

function checked(answer) {
  const state = responseState(answer) ?? responseState(import('./foreign_response.js').adopted(answer));
  if (state === null) throw new BadResponse(`fetch() returned ${describe(answer)}, expected a Response`);
  if (state.type === 'error') throw new BadResponse('fetch() returned Response.error(), which has no status to answer with');
  if (state.socket !== null) return state;
  if (state.status < 200) throw new BadResponse(`fetch() returned a Response with status ${state.status}; a WebSocket is answered with new Response(null, { status: 101, webSocket })`);
  if (state.body !== null && state.body.unusable) {
    throw new BadResponse('fetch() returned a Response whose body is already used or locked (return response.clone() where it is read, or a new Response)');
  }
  return state;
}

function headersOf(state) {
  const headers = [];
  for (let i = 0; i < state.list.length; i++) ArrayPrototypePush(headers, state.list[i]);
  return headers;
}

function hasHeader(headers, name) {
  for (let i = 0; i < headers.length; i++) if (headers[i][0] === name) return true;
  return false;
}

// The user's stream may do something about it, which the invocation waits for.
function discard(body, reason, invocation) {
  const told = body === null ? null : body.discard(reason);
  if (told !== null) invocation.hold(told);
}

async function sendResponse(state, invocation) {
  const { body, status } = state;
  if (invocation.closed !== null) {
    discard(body, invocation.closed, invocation);
    return;
  }
  if (state.socket !== null) {
    import('../websocket/answer.js').answerWithSocket(state, invocation);
    return;
  }
  const headers = headersOf(state);
  if (body === null || invocation.request.method === 'HEAD') {
    invocation.head(status, headers, undefined, true);
    discard(body, 'The request was a HEAD request', invocation);
  } else if (body.stream === null && body.source !== null) {
    body.consumed = true;
    const left = invocation.respond(status, headers, body.source);
    if (left !== null) await left;
  } else if (body.inPieces !== null) {
    body.consumed = true;
    await import('../bootstrap/large_body.js').sendPieces(invocation, status, headers, body.content);
  } else {
    const { length } = body;
    if (length !== null && !hasHeader(headers, 'content-length')) ArrayPrototypePush(headers, ['content-length', `${length}`]);
    const next = body.take();
    invocation.head(status, headers);
    await pump(next, invocation);
  }
}

// The next chunk is pulled when the last has left.
async function pump(next, invocation) {
  invocation.onGone = (reason) => next.cancel?.(reason);
  for (let { chunk } = await next(); chunk !== null; { chunk } = await next()) {
    if (TypedArrayPrototypeGetLength(chunk) > 0) await invocation.writeAll(chunk);
  }
  invocation.end();
}
