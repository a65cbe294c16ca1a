// MessageChannel and MessagePort: https://html.spec.whatwg.org/multipage/web-messaging.html#message-channels

import { ArrayPrototypePush, ObjectFreeze, TypeError } from '../bootstrap/primordials.js';
import { EventTarget, dispatch, trustedEvent } from '../events/index.js';
import { createMessageEvent, setPortCheck } from '../events/message_event.js';
import { cloneWithTransfer, refusal, transferArgument } from '../structured_clone/index.js';
import { defineInterface, illegalConstructor, isObject, requireArguments, transferable } from '../webidl/index.js';
import { End, maker } from './end.js';
import { defineHandlers } from './handlers.js';

const OWN = { __proto__: null };

let endOf;
let handlersOf;
let isPort;
let transfer;

export class MessagePort extends EventTarget {
  // Null when this port is detached: closed or transferred.
  #end;
  #handlers = { __proto__: null };

  static {
    const checked = (port) => {
      if (!isPort(port)) throw new TypeError('Illegal invocation: not a MessagePort');
      return port;
    };
    isPort = (value) => isObject(value) && #end in value;
    endOf = (port) => checked(port).#end;
    handlersOf = (port) => checked(port).#handlers;
    transfer = (port) => {
      const end = port.#end;
      port.#end = null;
      return createPort(end);
    };
  }

  constructor(token = undefined, end = undefined) {
    if (token !== OWN) illegalConstructor();
    super();
    this.#end = end;
    end.attach(this);
  }

  postMessage(message, options = undefined) {
    const end = endOf(this);
    requireArguments(arguments.length, 1, 'MessagePort.postMessage');
    const list = transferArgument(options, 'MessagePort.postMessage');
    const peer = end === null ? null : end.peer;
    const doomed = checkTransfer(list, this, peer);
    const { value, transferred } = cloneWithTransfer(message, list);
    if (peer === null || doomed) return;
    const ports = receivedPorts(transferred, peer.owner ?? maker());
    peer.post((port) => dispatch(port, createMessageEvent('message', value, ports)));
  }

  start() { endOf(this)?.start(); }

  close() {
    const end = endOf(this);
    this.#end = null;
    end?.close((port) => dispatch(port, trustedEvent('close')));
  }
}

defineHandlers(MessagePort, handlersOf, (port) => endOf(port)?.start());
defineInterface(MessagePort, 'MessagePort');
setPortCheck(isPort);
transferable(MessagePort, isPort, (port) => endOf(port) === null, transfer);

export { isPort as isMessagePort };

function createPort(end) {
  return new MessagePort(OWN, end);
}

// Whether the message is lost because the port that it is for goes with it.
function checkTransfer(list, port, peer) {
  let doomed = false;
  for (let i = 0; i < list.length; i++) {
    if (list[i] === port) throw refusal('The port that a message is posted to');
    if (peer !== null && list[i] === peer.port) doomed = true;
  }
  return doomed;
}

// Ports among what was transferred: they belong to whoever gets the message.
function receivedPorts(transferred, owner) {
  const ports = [];
  for (let i = 0; i < transferred.length; i++) {
    if (!isPort(transferred[i])) continue;
    endOf(transferred[i]).owner = owner;
    ArrayPrototypePush(ports, transferred[i]);
  }
  return ObjectFreeze(ports);
}

export class MessageChannel {
  #port1;
  #port2;

  constructor() {
    const first = new End();
    const second = new End();
    first.peer = second;
    second.peer = first;
    this.#port1 = createPort(first);
    this.#port2 = createPort(second);
  }

  get port1() { return this.#port1; }
  get port2() { return this.#port2; }
}
defineInterface(MessageChannel, 'MessageChannel');
