// WebSocketPair: https://developers.cloudflare.com/workers/runtime-apis/websockets/

import { defineInterface } from '../webidl/index.js';
import { LocalWire } from './local_wire.js';
import { createEnd } from './websocket.js';

/** Two ends of one WebSocket, as properties 0 and 1: one is answered with, the other is the function's. */
export class WebSocketPair {
  constructor() {
    const first = new LocalWire();
    const second = new LocalWire();
    first.peer = second;
    second.peer = first;
    this[0] = createEnd(first);
    this[1] = createEnd(second);
  }
}
defineInterface(WebSocketPair, 'WebSocketPair');
