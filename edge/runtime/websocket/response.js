// `new Response(null, { status: 101, webSocket })`, and the response that fetch() gives for a WebSocket.

import { RangeError, TypeError } from '../bootstrap/primordials.js';
import { isFreeEnd } from './websocket.js';

/** Makes a WebSocket the content of a response; throws when it cannot be. */
export function adoptSocket(state, socket) {
  if (state.status !== 101) throw new RangeError(`A response with a WebSocket has the status 101, not ${state.status}`);
  if (!isFreeEnd(socket)) {
    throw new TypeError('The webSocket of a response must be an end of a WebSocketPair, or of a fetched response, that was not accepted or given away');
  }
  state.socket = socket;
}
