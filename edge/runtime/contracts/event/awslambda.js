// The global `awslambda` of Lambda's Node runtime: https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html

import { SymbolFor, TypeError } from '../../bootstrap/primordials.js';

/** Marks a handler (event, responseStream, context) and answers it; the options are those of Lambda, of no effect. */
function streamifyResponse(handler, options = undefined) {
  if (typeof handler !== 'function') throw new TypeError('awslambda.streamifyResponse takes a function');
  // So that it is in the snapshot of a package that streams, and there before code replaces builtins.  `import()` is synchronous here.
  import('./streaming_run.js');
  handler[SymbolFor('aws.lambda.runtime.handler.streaming')] = 'response';
  if (options?.highWaterMark !== undefined) handler[SymbolFor('aws.lambda.runtime.handler.streaming.highWaterMark')] = options.highWaterMark;
  return handler;
}

class HttpResponseStream {
  /** Status, headers and cookies of the response, before its first byte. */
  static from(stream, metadata) {
    return import('./response_stream.js').describeResponse(stream, metadata);
  }
}

export const globals = { awslambda: { HttpResponseStream, streamifyResponse } };
