// One call to a service: https://fetch.spec.whatwg.org/#http-network-fetch, with a function in the place of the network.

import {
  ArrayPrototypePush, Promise, PromisePrototypeThen, TypedArrayPrototypeGetLength, TypedArrayPrototypeSubarray, TypeError,
} from '../bootstrap/primordials.js';
import { contextInvocation, hostCall } from '../bootstrap/host.js';
import { abortReason, isAborted, onAbort } from '../abort/index.js';
import { encodeUtf8 } from '../encoding/index.js';
import { Body } from '../fetch/body.js';
import { ResponseState } from '../fetch/response.js';

const ignore = () => {};
const bytesOf = (content) => (typeof content === 'string' ? encodeUtf8(content) : content);
// As much as the host takes at once: PIECE in edge/services/bindings/service.py.
const PIECE = 262144;
let calls = 0;

/** The connection to one callee; `tell` says something to the host in the name of the invocation that called. */
function connect(signal) {
  calls += 1;
  const owner = contextInvocation();
  const args = { __proto__: null, call: calls };
  const tell = (op, data) => hostCall(op, args, data, owner);
  const connection = { __proto__: null, number: calls, owner, tell, over: false, stop: ignore };
  connection.end = () => {
    connection.over = true;
    connection.stop();
  };
  connection.cancel = () => {
    if (connection.over) return;
    connection.end();
    PromisePrototypeThen(tell('service.cancel'), undefined, ignore);
  };
  if (signal !== null) connection.stop = onAbort(signal, connection.cancel);
  return connection;
}

/** The state of the response.  Rejects with what the callee failed of, or the reason of the abort. */
export async function call(binding, request, signal) {
  const connection = connect(signal);
  const { body, method, list } = request;
  const whole = body === null || isSmall(body);
  const data = whole && body !== null ? bytesOf((await body.readAll()).content) : undefined;
  const args = { __proto__: null, call: connection.number, binding, method, url: request.href(), headers: list, more: !whole };
  try {
    let started = hostCall('service.start', args, data, connection.owner);
    if (!whole) {
      await started;
      started = connection.tell('service.head');
      upload(body, connection, signal);
    }
    const state = receive(await raceAbort(started, signal), request, connection, signal);
    return state;
  } catch (error) {
    connection.end();
    throw error;
  }
}

function isSmall({ stream, source }) {
  if (stream !== null || source === null) return false;
  // A character takes three bytes at most.
  return typeof source === 'string' ? source.length * 3 <= PIECE : TypedArrayPrototypeGetLength(source) <= PIECE;
}

/** Whether the callee wants more. */
async function write(chunk, tell) {
  const length = TypedArrayPrototypeGetLength(chunk);
  for (let at = 0; at < length; at += PIECE) {
    const { value } = await tell('service.write', at === 0 && length <= PIECE ? chunk : TypedArrayPrototypeSubarray(chunk, at, at + PIECE));
    if (value === true) return false;
  }
  return true;
}

// The callee gets the body as it comes, and no faster than it reads.
async function upload(body, { tell }, signal) {
  const next = body.take();
  if (signal !== null) onAbort(signal, (reason) => next.cancel?.(reason));
  try {
    for (let { chunk } = await next(); chunk !== null; { chunk } = await next()) {
      if (!(await write(chunk, tell))) {
        next.cancel?.(new TypeError('the service does not read the rest of the body'));
        return;
      }
    }
    await tell('service.end');
  } catch {
    PromisePrototypeThen(tell('service.abort'), undefined, ignore);
  }
}

function receive({ value, data }, request, connection, signal) {
  const { status, headers } = value;
  if (request.redirect === 'error' && (status === 301 || status === 302 || status === 303 || status === 307 || status === 308)) {
    connection.cancel();
    throw new TypeError(`the service answered with a redirect (status ${status}), and the request's redirect mode is "error"`);
  }
  const state = new ResponseState();
  state.status = status;
  state.url = request.href();
  state.immutable = true;
  for (let i = 0; i < headers.length; i++) ArrayPrototypePush(state.list, headers[i]);
  const empty = request.method === 'HEAD' || status === 204 || status === 205 || status === 304;
  if (value.stream && !empty) {
    state.body = new Body(null, () => pull(connection, signal), connection.cancel);
    return state;
  }
  if (value.stream) connection.cancel();
  connection.end();
  if (!empty) state.body = new Body(data ?? '');
  return state;
}

async function pull(connection, signal) {
  if (signal !== null && isAborted(signal)) throw abortReason(signal);
  if (connection.over) return { __proto__: null, chunk: null };
  try {
    const { value, data } = await raceAbort(connection.tell('service.read'), signal);
    if (value !== true) return { __proto__: null, chunk: data };
    connection.end();
    return { __proto__: null, chunk: data !== undefined && TypedArrayPrototypeGetLength(data) > 0 ? data : null };
  } catch (error) {
    connection.end();
    throw error;
  }
}

// The promise, or the signal's reason as soon as that aborts.
function raceAbort(promise, signal) {
  if (signal === null || isAborted(signal)) return promise;
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, reject);
    const settle = (how) => (value) => {
      stop();
      how(value);
    };
    PromisePrototypeThen(promise, settle(resolve), settle(reject));
  });
}
