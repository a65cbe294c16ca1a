// The package ws as a client: https://github.com/websockets/ws/blob/master/doc/ws.md, over the runtime's own WebSocket.

import { ObjectAssign, ObjectDefineProperty } from '../bootstrap/primordials.js';
import { createWebSocketStream } from './internal/ws/stream.js';
import { PerMessageDeflate, Receiver, Sender, WebSocketServer } from './internal/ws/refused.js';
import { parseExtensions, parseProtocols } from './internal/ws/parse.js';
import { WebSocket } from './internal/ws/websocket.js';

ObjectAssign(WebSocket, {
  WebSocket,
  WebSocketServer,
  Server: WebSocketServer,
  createWebSocketStream,
  extension: { parse: parseExtensions },
  PerMessageDeflate,
  Receiver,
  Sender,
  subprotocol: { parse: parseProtocols },
});
ObjectDefineProperty(WebSocket, 'default', { __proto__: null, value: WebSocket, writable: true, configurable: true });

export default WebSocket;
