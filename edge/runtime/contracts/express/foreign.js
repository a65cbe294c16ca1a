// A request and a response of node:http, for frameworks that give them other prototypes: Express puts its own between them and
// those of http.  What makes a response answer the invocation is therefore on the response itself.

import {
  ArrayPrototypePush, ObjectDefineProperty, ObjectSetPrototypeOf, ReflectApply, ReflectGetOwnPropertyDescriptor, ReflectOwnKeys, TypedArrayPrototypeGetByteLength, String,
} from '../../bootstrap/primordials.js';
import { onAbort } from '../../abort/index.js';
import { loadBuiltin } from '../../bootstrap/modules.js';
import { parseBody } from './body.js';
import { createSocket } from './message/socket.js';
import { flatHeaders } from './message/incoming_headers.js';
import { lazy } from './message/lazy_property.js';
import { OutgoingMessage } from './message/outgoing_message.js';
import { ServerResponse } from './message/server_response.js';

const CLASSES = [OutgoingMessage, ServerResponse];

function ownAll(target, prototype) {
  const names = ReflectOwnKeys(prototype);
  for (let i = 0; i < names.length; i++) {
    if (names[i] === 'constructor') continue;
    const descriptor = ReflectGetOwnPropertyDescriptor(prototype, names[i]);
    ObjectDefineProperty(target, names[i], { __proto__: null, ...descriptor, enumerable: false, configurable: true });
  }
}

function rawHeaders(invocation, bytes) {
  const raw = flatHeaders(invocation.request.headers);
  let framed = false;
  for (let i = 0; i < raw.length; i += 2) framed ||= raw[i] === 'content-length' || raw[i] === 'transfer-encoding';
  // A body without either is none to body-parser and its kin.
  if (!framed && TypedArrayPrototypeGetByteLength(bytes) > 0) ArrayPrototypePush(raw, 'content-length', String(TypedArrayPrototypeGetByteLength(bytes)));
  return raw;
}

/** The request, a stream of Node's whose body is there already. */
export function createRequest(invocation, bytes) {
  const { request } = invocation;
  const { IncomingMessage } = loadBuiltin('http');
  const { Buffer } = loadBuiltin('buffer');
  const req = new IncomingMessage(createSocket(invocation));
  req.method = request.method;
  req.url = request.query === '' ? request.path : `${request.path}?${request.query}`;
  req.httpVersion = request.httpVersion;
  req.httpVersionMajor = +request.httpVersion[0];
  req.httpVersionMinor = +(request.httpVersion[2] ?? 0);
  req.rawHeaders = rawHeaders(invocation, bytes);
  addEdge(req, invocation, bytes);
  req._readableState.readingMore = false;
  if (TypedArrayPrototypeGetByteLength(bytes) > 0) req.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  req.push(null);
  req.complete = true;
  onAbort(invocation.signal, () => req.destroy());
  return req;
}

// The app's own parser says what is wrong with a body.
function parsed(req, bytes) {
  try {
    return parseBody(bytes, req.headers, () => req.rawBody);
  } catch {
    return {};
  }
}

// What requests have here besides: the framework's own names win.
function addEdge(req, invocation, bytes) {
  const { request } = invocation;
  if (request.basePath !== '') {
    req.baseUrl = request.basePath;
    req.originalUrl = `${request.basePath}${req.url}`;
  }
  req.params = { __proto__: null, ...request.params };
  lazy(req, 'rawBody', () => loadBuiltin('buffer').Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  lazy(req, 'body', () => parsed(req, bytes));
  lazy(req, 'env', () => import('../env.js').createEnv(invocation));
  lazy(req, 'signal', () => invocation.signal);
  ObjectDefineProperty(req, 'id', { __proto__: null, value: invocation.requestId, writable: true, enumerable: true, configurable: true });
  ObjectDefineProperty(req, 'waitUntil', { __proto__: null, value: (promise) => invocation.waitUntil(promise), writable: true, enumerable: false, configurable: true });
}

/** The response, which stays what it is whatever prototype it gets. */
export function createResponse(invocation, req, whenFinished) {
  const res = new ServerResponse(invocation, req, whenFinished);
  for (let i = 0; i < CLASSES.length; i++) ownAll(res, CLASSES[i].prototype);
  ObjectSetPrototypeOf(res, loadBuiltin('http').ServerResponse.prototype);
  res.once('finish', () => ReflectApply(req._dump, req, []));
  return res;
}
