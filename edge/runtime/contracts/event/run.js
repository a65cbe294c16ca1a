// One invocation by the event contract: handler(event, context[, callback]).

import { JSONStringify, SymbolFor } from '../../bootstrap/primordials.js';
import { readBody } from '../express/body.js';
import { callHandler } from './call.js';
import { interpret } from './response.js';

// As the gateway answers when it knows the contract from the config.
function refuseSocket(invocation) {
  const message = `function ${invocation.function} is of the event contract, which has no WebSockets`;
  const error = { __proto__: null, code: 'not_supported', message, request_id: invocation.requestId };
  invocation.respond(501, [['content-type', 'application/json']], JSONStringify({ __proto__: null, error }));
}

/** Runs `handler` for one invocation; see docs/architecture.md, "The runtime inside an isolate". */
export async function run(handler, invocation) {
  if (invocation.request.upgrade) {
    refuseSocket(invocation);
    return;
  }
  const { bytes } = await readBody(invocation);
  // What awslambda.streamifyResponse has marked.  `import()` is synchronous here: see bootstrap/chunks.js.
  if (handler[SymbolFor('aws.lambda.runtime.handler.streaming')] !== undefined) {
    await import('./streaming_run.js').runStreaming(handler, invocation, bytes);
    return;
  }
  const { status, headers, body, size } = interpret(await callHandler(handler, invocation, bytes));
  const silent = invocation.request.method === 'HEAD' || status === 204 || status === 304;
  const left = invocation.respond(status, headers, silent || body.length === 0 ? undefined : body, size);
  if (left !== null) await left;
}
