// Answering a request with a WebSocket.  Loaded when a function does.

import { ArrayPrototypePush, Promise } from '../bootstrap/primordials.js';
import { BadResponse } from '../bootstrap/failures.js';
import { getHeader } from '../fetch/headers.js';
import { globals as timers } from '../timers/index.js';
import { HostWire } from './host_wire.js';
import { LocalWire } from './local_wire.js';
import { takeWire } from './websocket.js';

const ignore = () => {};
const DEAF = { __proto__: null, message: ignore, sent: ignore, closed: ignore };
const PATIENCE = 1000;

// Tells when a wire's end has come, whoever it is told first.
class WatchedWire extends HostWire {
  #ended;

  constructor(op, socket, owner, ended) {
    super(op, socket, owner);
    this.#ended = ended;
  }

  start(sink) {
    super.start({
      __proto__: null,
      message: (kind, data) => sink.message(kind, data),
      sent: (size) => sink.sent(size),
      room: () => sink.room?.() ?? null,
      closed: (code, reason, clean) => {
        this.#ended();
        sink.closed(code, reason, clean);
      },
    });
  }
}

// What nobody accepts would stay open without anybody there.
function expectAccept(end, wire) {
  timers.setTimeout(() => {
    if (end.started) return;
    wire.start(DEAF);
    wire.close(1011, 'the function did not accept its end');
  }, PATIENCE);
}

/** Answers with the WebSocket of a response; the invocation stays open as long as that. */
export function answerWithSocket(state, invocation) {
  if (!invocation.request.upgrade) throw new BadResponse('fetch() returned a WebSocket, but the request does not ask for one (Upgrade: websocket)');
  const headers = [];
  for (let i = 0; i < state.list.length; i++) ArrayPrototypePush(headers, state.list[i]);
  const inner = takeWire(state.socket);
  invocation.upgrade(headers, getHeader(state.list, 'sec-websocket-protocol') ?? '');
  invocation.hold(new Promise((resolve) => {
    const wire = new WatchedWire('upgrade', 0, invocation, () => {
      invocation.upgraded = false;
      resolve();
    });
    if (inner instanceof LocalWire) {
      inner.handOver(wire);
      if (!inner.peer.started) expectAccept(inner.peer, wire);
    } else import('./relay.js').relay(wire, inner);
  }));
}
