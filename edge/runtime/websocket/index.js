// WebSocket, on both sides: https://websockets.spec.whatwg.org/ and, for answers to requests, as Cloudflare Workers has it.

import { CloseEvent } from './close_event.js';
import { WebSocketPair } from './pair.js';
import { WebSocket } from './websocket.js';

export const globals = { CloseEvent, WebSocket, WebSocketPair };
