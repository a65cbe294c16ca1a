// node:stream: https://nodejs.org/api/stream.html, by readable-stream, Node's own streams as a package.

import { Stream } from './internal/stream/package.js';
import { globals as webStreams } from '../streams/globals.js';
import { readableInner } from '../streams/registry.js';
import { ObjectAssign, ObjectDefineProperty, SymbolFor } from '../bootstrap/primordials.js';
import { duplexFromWeb, duplexToWeb, readableFromWeb, readableToWeb, writableFromWeb, writableToWeb } from './internal/stream/web.js';

/** Two streams, each of which gives what the other one gets: https://nodejs.org/api/stream.html#streamduplexpairoptions */
function duplexPair(options) {
  return import('./internal/stream/pair.js').duplexPair(Stream.Duplex, options);
}

ObjectDefineProperty(Stream, 'duplexPair', { __proto__: null, value: duplexPair, writable: true, enumerable: true, configurable: true });
ObjectAssign(Stream.Readable, { fromWeb: readableFromWeb, toWeb: readableToWeb });
ObjectAssign(Stream.Writable, { fromWeb: writableFromWeb, toWeb: writableToWeb });
ObjectAssign(Stream.Duplex, { fromWeb: duplexFromWeb, toWeb: duplexToWeb });

// How `finished` and `pipeline` learn of the end of a stream of the web, as in Node.
ObjectDefineProperty(webStreams.ReadableStream.prototype, SymbolFor('nodejs.webstream.isClosedPromise'), {
  __proto__: null,
  get() {
    return { __proto__: null, promise: readableInner(this)?.ended.promise };
  },
  enumerable: false,
  configurable: true,
});

export default Stream;
