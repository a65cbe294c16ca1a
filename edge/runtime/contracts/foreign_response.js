// Responses of another maker: packages bring their own `Response` (node-fetch, @whatwg-node/fetch), and servers on Node take them.

import { ArrayPrototypePush, ObjectPrototypeIsPrototypeOf, SymbolAsyncIterator } from '../bootstrap/primordials.js';
import { Response } from '../fetch/index.js';
import { globals } from '../streams/globals.js';

/** The same as a Response of ours; null when it is none.  What its methods throw is the function's own error. */
export function adopted(answer) {
  if (typeof answer !== 'object' || answer === null) return null;
  // One that only looks like ours: a proxy, or an object with our prototype.
  if (ObjectPrototypeIsPrototypeOf(Response.prototype, answer)) return null;
  const { status, statusText, headers, body } = answer;
  if (typeof status !== 'number' || typeof headers?.forEach !== 'function' || typeof answer.arrayBuffer !== 'function') return null;
  return new Response(bodyOf(body), { __proto__: null, status, statusText: `${statusText ?? ''}`, headers: listOf(headers) });
}

function listOf(headers) {
  const list = [];
  const cookies = headers.getSetCookie?.();
  headers.forEach((value, name) => {
    if (cookies === undefined || name !== 'set-cookie') ArrayPrototypePush(list, [name, value]);
  });
  for (let i = 0; i < cookies?.length; i++) ArrayPrototypePush(list, ['set-cookie', cookies[i]]);
  return list;
}

// A stream of ours, of another maker, or of Node.
function bodyOf(body) {
  const { ReadableStream } = globals;
  if (body === null || body === undefined || body instanceof ReadableStream) return body;
  if (typeof body.getReader === 'function') return readBy(body.getReader(), ReadableStream);
  return typeof body[SymbolAsyncIterator] === 'function' ? ReadableStream.from(body) : body;
}

function readBy(reader, ReadableStream) {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}
