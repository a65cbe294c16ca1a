// The stream that a streaming handler writes its response to: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
//
// Status, headers and cookies are what HttpResponseStream.from said before the first byte; without it a 200 of
// application/octet-stream, or of the type given to setContentType.

import { BadResponse } from '../../bootstrap/failures.js';
import { Error, PromisePrototypeThen, PromiseWithResolvers, SafeWeakMap, String, TypeError } from '../../bootstrap/primordials.js';
import { Stream } from '../../node/internal/stream/package.js';
import { headOf } from './response.js';

let heads = null; // stream -> what is known of its head

const headsOf = () => (heads ??= new SafeWeakMap());

/** Say what the response of `stream` begins with; answers the stream. */
export function describeResponse(stream, metadata) {
  const head = headsOf().get(stream);
  if (head === undefined) throw new TypeError('HttpResponseStream.from takes the response stream that the handler got');
  if (head.sent) throw new Error('HttpResponseStream.from came too late: the response has begun');
  head.metadata = metadata ?? {};
  return stream;
}

function begin(invocation, head) {
  if (head.sent) return;
  head.sent = true;
  const { status, headers } = headOf({ statusCode: 200, ...head.metadata }, head.type ?? (head.metadata === null ? 'application/octet-stream' : 'application/json'));
  head.silent = invocation.request.method === 'HEAD' || status === 204 || status === 304;
  invocation.head(status, headers);
}

// The callback of a stream's method, called with what `work` fails with.
function settle(work, callback) {
  try {
    const left = work();
    if (left === null) callback();
    else PromisePrototypeThen(left, () => callback(), callback);
  } catch (error) {
    callback(error);
  }
}

/** `{stream, finished}`: the stream of one invocation, and a promise of its end. */
export function createResponseStream(invocation) {
  const head = { __proto__: null, metadata: null, type: null, sent: false, silent: false };
  const { promise: finished, resolve, reject } = PromiseWithResolvers();
  const stream = new Stream.Writable({
    write(chunk, _encoding, callback) {
      settle(() => {
        begin(invocation, head);
        return head.silent ? null : invocation.writeAll(chunk);
      }, callback);
    },
    final(callback) {
      settle(() => {
        begin(invocation, head);
        invocation.end();
        return null;
      }, callback);
    },
    destroy(error, callback) {
      if (error) reject(error);
      else if (!stream.writableFinished) reject(new BadResponse('the response stream was destroyed before its end'));
      callback(error);
    },
  });
  stream.on('error', reject);
  stream.on('finish', resolve);
  stream.setContentType = (type) => {
    head.type = String(type);
  };
  headsOf().set(stream, head);
  return { __proto__: null, stream, finished };
}
