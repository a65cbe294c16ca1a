// node:http2: only what packages read of it when they are loaded.  fetch speaks HTTP/2.

import { Symbol } from '../bootstrap/primordials.js';
import { phrasesByStatus } from '../http/statuses.js';
import { noServer } from './internal/http/errors.js';
import { constantsOf } from './internal/http/http2_constants.js';
import { unsupported } from './internal/errors.js';

class Http2ServerRequest {}
class Http2ServerResponse {}

export default {
  Http2ServerRequest,
  Http2ServerResponse,
  connect() {
    throw unsupported('http2.connect', 'fetch speaks HTTP/2, node:https HTTP/1.1');
  },
  constants: constantsOf(phrasesByStatus()),
  createServer() {
    throw noServer('http2');
  },
  createSecureServer() {
    throw noServer('http2');
  },
  getDefaultSettings: () => ({
    headerTableSize: 4096, enablePush: true, initialWindowSize: 65535, maxFrameSize: 16384, maxConcurrentStreams: 4294967295, maxHeaderListSize: 65535, maxHeaderSize: 65535, enableConnectProtocol: false,
  }),
  sensitiveHeaders: Symbol('sensitiveHeaders'),
};
