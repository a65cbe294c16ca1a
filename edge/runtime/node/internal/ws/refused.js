// What of ws is not for a function: servers, and the insides of its implementation.

import { Error } from '../../../bootstrap/primordials.js';

function refuse(what, instead) {
  const error = new Error(`ws ${what} is not supported in a serverless environment: ${instead}`);
  error.code = 'ERR_METHOD_NOT_IMPLEMENTED';
  throw error;
}

const ANSWER = 'answer requests with `new Response(null, { status: 101, webSocket })` of a WebSocketPair, or export a RealtimeNamespace';
const INSIDE = 'frames are made and read by the gateway';

export class WebSocketServer {
  constructor() { refuse('server functionality', ANSWER); }
}

export class Receiver {
  constructor() { refuse('Receiver', INSIDE); }
}

export class Sender {
  constructor() { refuse('Sender', INSIDE); }
}

export class PerMessageDeflate {
  constructor() { refuse('PerMessageDeflate', INSIDE); }
}
