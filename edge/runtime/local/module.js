// The module `edge:contracts`: a function of the package called by its contract, in the isolate of whoever asks.  `edge test` runs
// functions by it; loaded when somebody does.

import {
  ArrayPrototypePush, Error, PromisePrototypeThen, PromiseResolve, SafeArray, SafeArrayPush, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet, Uint8Array,
} from '../bootstrap/primordials.js';
import { findHandler } from '../bootstrap/contract.js';
import { currentInvocation } from '../bootstrap/state.js';
import { Invocation } from '../bootstrap/invocation.js';
import { CONTRACTS } from '../bootstrap/lazy_groups.js';
import { encodeUtf8 } from '../encoding/index.js';
import { Response, requestState } from '../fetch/index.js';
import { parseURL } from '../url/index.js';
import { serializeHost, serializePath, serializeURL } from '../url/record.js';

const done = () => PromiseResolve(undefined);

/** An invocation whose response stays here. */
class LocalInvocation extends Invocation {
  #real = currentInvocation();
  #chunks = new SafeArray();
  #held = new SafeArray();
  status = 0;
  headers = [];

  #keep(chunk) {
    if (chunk === undefined || chunk === null) return;
    const bytes = typeof chunk === 'string' ? encodeUtf8(chunk) : new Uint8Array(chunk);
    if (TypedArrayPrototypeGetLength(bytes) > 0) SafeArrayPush(this.#chunks, bytes);
  }

  get signal() { return this.#real.signal; }

  head(status, headers, body, end = false) {
    if (this.ended) return;
    this.ended = end;
    this.status = status;
    this.headers = headers;
    this.#keep(body);
  }

  respond(status, headers, body) {
    this.head(status, headers, body, true);
    return null;
  }

  write(chunk) {
    this.#keep(chunk);
    return done();
  }

  writeAll(chunk) { return this.write(chunk); }
  end() { this.ended = true; }
  upgrade() { throw new Error('a WebSocket cannot be answered with where no client is'); }
  async read() { return { __proto__: null, chunk: null }; }
  hold(promise) { SafeArrayPush(this.#held, promise); }

  /** Its failure is the test's to see: it is what the call rejects with, when the response is there. */
  waitUntil(promise) {
    const background = this.background ??= { __proto__: null, pending: 0, rejected: 0, first: null };
    this.hold(PromisePrototypeThen(PromiseResolve(promise), undefined, (error) => { background.first ??= { __proto__: null, error }; }));
  }

  async settle() {
    for (let i = 0; i < this.#held.length; i++) await this.#held[i];
  }

  /** The response, as a client sees it. */
  response() {
    let size = 0;
    for (let i = 0; i < this.#chunks.length; i++) size += TypedArrayPrototypeGetLength(this.#chunks[i]);
    const body = new Uint8Array(size);
    for (let i = 0, at = 0; i < this.#chunks.length; at += TypedArrayPrototypeGetLength(this.#chunks[i++])) TypedArrayPrototypeSet(body, this.#chunks[i], at);
    const empty = this.status === 204 || this.status === 205 || this.status === 304 || this.request.method === 'HEAD';
    return new Response(empty ? null : body, { status: this.status, headers: this.headers });
  }
}

function has(headers, name) {
  for (let i = 0; i < headers.length; i++) if (headers[i][0] === name) return true;
  return false;
}

// A start event as the host makes one.
function startOf(real, state, body, scheduled) {
  const url = parseURL(state.href());
  const headers = has(state.list, 'host') ? [] : [['host', serializeHost(url)]];
  for (let i = 0; i < state.list.length; i++) ArrayPrototypePush(headers, [state.list[i][0], state.list[i][1]]);
  if (body !== null && !has(headers, 'content-length')) ArrayPrototypePush(headers, ['content-length', `${TypedArrayPrototypeGetLength(body)}`]);
  const request = {
    __proto__: null, method: state.method, url: serializeURL(url), path: serializePath(url), query: url.query ?? '', headers, ip: '127.0.0.1', ips: ['127.0.0.1'], body: null, scheduled,
  };
  const { id, version, requestId, deadline, memory, env, bindings } = real;
  return { __proto__: null, id, function: real.function, version, request_id: requestId, deadline, memory, env, bindings, request };
}

/**
 * Call the function whose module is at `main`, by `contract` or the one that its exports show; resolves with the Response when the
 * function has ended, with all that it gave to waitUntil.  Rejects with what it throws.
 */
async function invoke({ main, contract, handler }, request, scheduled) {
  const found = findHandler(contract, handler, main);
  const state = requestState(request);
  const body = state.body === null ? null : new Uint8Array(await request.arrayBuffer());
  const local = new LocalInvocation(startOf(currentInvocation(), state, body, scheduled));
  local.request.body = body;
  await CONTRACTS[found.contract]().run(found.value, local);
  await local.settle();
  if (local.background !== null && local.background.first !== null) throw local.background.first.error;
  const response = local.response();
  return response;
}

export const exports = { __proto__: null, invoke };
