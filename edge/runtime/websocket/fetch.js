// fetch() that asks for a WebSocket (Upgrade: websocket): the response has it as `webSocket`, as in Cloudflare Workers.

import {
  ArrayPrototypePush, Promise, PromisePrototypeThen, StringPrototypeSplit, StringPrototypeToLowerCase, StringPrototypeTrim,
} from '../bootstrap/primordials.js';
import { contextInvocation, hostCall } from '../bootstrap/host.js';
import { onAbort } from '../abort/index.js';
import { Exchange } from '../fetch/exchange.js';
import { getHeader } from '../fetch/headers.js';
import { withCause } from '../fetch/network_error.js';
import { ResponseState } from '../fetch/response.js';
import { HostWire } from './host_wire.js';
import { createEnd, nextSocket } from './websocket.js';

const ignore = () => {};

function protocolsOf(list) {
  const text = getHeader(list, 'sec-websocket-protocol');
  const protocols = [];
  const parts = text === null ? [] : StringPrototypeSplit(text, ',');
  for (let i = 0; i < parts.length; i++) ArrayPrototypePush(protocols, StringPrototypeTrim(parts[i]));
  return protocols;
}

function receive(href, { protocol, extensions, status, headers }, wire) {
  const state = new ResponseState();
  state.type = 'basic';
  state.url = href;
  state.immutable = true;
  for (let i = 0; i < headers.length; i++) ArrayPrototypePush(state.list, headers[i]);
  state.status = status;
  if (status === 101) state.socket = createEnd(wire, protocol, extensions);
  return state;
}

/** A promise of a ResponseState.  A server that does not switch is answered for: the response has no body then. */
export function fetchUpgrade(request, signal) {
  if (request.method !== 'GET' || StringPrototypeToLowerCase(StringPrototypeTrim(getHeader(request.list, 'upgrade'))) !== 'websocket') {
    return new Exchange(request, signal).answer;
  }
  const owner = contextInvocation();
  const socket = nextSocket();
  const wire = new HostWire('websocket', socket, owner);
  const args = { __proto__: null, socket, url: request.href(), protocols: protocolsOf(request.list), headers: request.list, whatever: true };
  return new Promise((resolve, reject) => {
    const stop = signal === null ? ignore : onAbort(signal, (reason) => {
      wire.cancel();
      reject(reason);
    });
    PromisePrototypeThen(
      hostCall('websocket.open', args, undefined, owner),
      ({ value }) => {
        stop();
        resolve(receive(request.href(), value, wire));
      },
      (error) => {
        stop();
        reject(withCause(error));
      },
    );
  });
}
