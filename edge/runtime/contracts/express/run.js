// One invocation by the Express contract: (req, res[, next]), or a Router.

import { Error, Promise, PromisePrototypeThen, PromiseReject, ReflectApply, Uint8Array } from '../../bootstrap/primordials.js';
import { promiseOf } from '../../bootstrap/promise_of.js';
import { answerBadRequest, answerClientError, answerNotFound, clientStatus } from './final.js';
import { parseBody, readBody } from './body.js';
import { Request } from './request.js';
import { Response } from './response.js';

/** True when the body is what its headers say; otherwise the client has been told, and the handler is not called. */
function acceptBody(bytes, req, res) {
  try {
    req.body = parseBody(bytes, req.headers, () => req.rawBody);
    return true;
  } catch (error) {
    if (clientStatus(error) === 0) throw error;
    answerBadRequest(error, req, res);
    return false;
  }
}

/** What becomes of an error that the function let go. */
function failWith(error, res, invocation, reject) {
  // After the response there is nobody left to answer: the failure goes to the log, as background work's does.
  if (res.writableEnded) invocation.waitUntil(PromiseReject(error));
  else if (!res.headersSent && clientStatus(error) !== 0) answerClientError(error, res, clientStatus(error));
  else reject(error ?? new Error(`the function failed with ${error}`));
}

/** Calls the handler; `fail` gets what it throws, now or later. */
function start(handler, invocation, req, res, fail) {
  let result;
  try {
    result = ReflectApply(handler, undefined, [req, res, req.next]);
  } catch (error) {
    fail(error);
    return;
  }
  // Work that goes on after the response keeps the invocation open, as it would keep a process busy.
  const promise = promiseOf(result);
  if (promise !== null) invocation.hold(PromisePrototypeThen(promise, undefined, fail));
}

function answer(handler, invocation, bytes) {
  return new Promise((resolve, reject) => {
    const req = new Request(invocation, bytes);
    const res = new Response(invocation, req, (error) => (error === undefined ? resolve() : reject(error)));
    const fail = (error) => {
      try {
        failWith(error, res, invocation, reject);
      } catch {
        reject(error); // what was thrown throws when it is looked at
      }
    };
    req.res = res;
    req.next = (error) => {
      if (error !== undefined && error !== null && error !== 'route' && error !== 'router') fail(error);
      else if (res.headersSent) fail(new Error('next() was called after the response had begun, and nothing follows the function'));
      else answerNotFound(req, res);
    };
    if (acceptBody(bytes, req, res)) start(handler, invocation, req, res, fail);
  });
}

async function readFirst(how, handler, invocation) {
  const { bytes } = await readBody(invocation);
  await how(handler, invocation, bytes);
}

/** An app of a framework answers by itself, also when something fails; what it throws nevertheless is the function's failure. */
function answerByApp(handler, invocation, bytes) {
  const { createRequest, createResponse } = import('./foreign.js');
  return new Promise((resolve, reject) => {
    const req = createRequest(invocation, bytes);
    const res = createResponse(invocation, req, (error) => (error === undefined ? resolve() : reject(error)));
    start((request, response) => handler(request, response), invocation, req, res, (error) => failWith(error, res, invocation, reject));
  });
}

const isApp = (handler) => handler.foreignApp === true || (typeof handler.handle === 'function' && typeof handler.listen === 'function');

/** Runs `handler` for one invocation; see docs/architecture.md, "The runtime inside an isolate".  It is called in the task that brought the request, as under Node, when all of the body is there. */
export function run(handler, invocation) {
  const how = isApp(handler) ? answerByApp : answer;
  if (invocation.request.more) return readFirst(how, handler, invocation);
  return how(handler, invocation, invocation.request.body ?? new Uint8Array(0));
}
