// The global `awslambda` of Lambda's Node runtime: https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html

import { SymbolFor, TypeError } from '../../bootstrap/primordials.js';
import { describeResponse } from './response_stream.js';

/** Marks a handler (event, responseStream, context) and answers it; the options are those of Lambda, of no effect. */
function streamifyResponse(handler, options = undefined) {
  if (typeof handler !== 'function') throw new TypeError('awslambda.streamifyResponse takes a function');
  handler[SymbolFor('aws.lambda.runtime.handler.streaming')] = 'response';
  if (options?.highWaterMark !== undefined) handler[SymbolFor('aws.lambda.runtime.handler.streaming.highWaterMark')] = options.highWaterMark;
  return handler;
}

class HttpResponseStream {
  /** Status, headers and cookies of the response, before its first byte. */
  static from(stream, metadata) {
    return describeResponse(stream, metadata);
  }
}

export const globals = { awslambda: { HttpResponseStream, streamifyResponse } };
