// MessageEvent: https://html.spec.whatwg.org/multipage/comms.html#messageevent

import { ArrayPrototypePush, ObjectFreeze, SymbolIterator, TypeError } from '../bootstrap/primordials.js';
import { Event, initialise, isDispatching, trusted } from './event.js';
import { defineInterface, isObject, requireArguments, toDictionary, toDOMString, toUSVString } from '../webidl/index.js';

// Set by the folder of MessagePort; before that there is none.
let isPort = () => false;

/** `check(value)` tells whether a value is a MessagePort. */
export function setPortCheck(check) {
  isPort = check;
}

function toSource(value) {
  if (value === undefined || value === null) return null;
  if (!isPort(value)) throw new TypeError('MessageEvent: source is not a MessagePort.');
  return value;
}

function toPorts(value) {
  if (value === undefined) return ObjectFreeze([]);
  if (!isObject(value) || typeof value[SymbolIterator] !== 'function') throw new TypeError('MessageEvent: ports is not iterable.');
  const ports = [];
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
  for (const port of value) {
    if (!isPort(port)) throw new TypeError('MessageEvent: ports holds something that is not a MessagePort.');
    ArrayPrototypePush(ports, port);
  }
  return ObjectFreeze(ports);
}

const toData = (value) => (value === undefined ? null : value);
const toText = (value, convert) => (value === undefined ? '' : convert(value));

let assign;

export class MessageEvent extends Event {
  #data;
  #origin;
  #lastEventId;
  #source;
  #ports;

  static {
    assign = (event, data, ports, origin, id) => {
      event.#data = data;
      event.#origin = origin;
      event.#lastEventId = id;
      event.#ports = ports;
    };
  }

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'MessageEvent'");
    super(type, init);
    // In the order of Web IDL: by name.
    const options = toDictionary(init, 'The event init');
    this.#data = toData(options.data);
    this.#lastEventId = toText(options.lastEventId, toDOMString);
    this.#origin = toText(options.origin, toUSVString);
    this.#ports = toPorts(options.ports);
    this.#source = toSource(options.source);
  }

  get data() { return this.#data; }
  get origin() { return this.#origin; }
  get lastEventId() { return this.#lastEventId; }
  get source() { return this.#source; }
  get ports() { return this.#ports; }

  initMessageEvent(type, bubbles = false, cancelable = false, data = null, origin = '', lastEventId = '', source = null, ports = undefined) {
    requireArguments(arguments.length, 1, 'MessageEvent.initMessageEvent');
    const name = toDOMString(type);
    const converted = { __proto__: null, origin: toUSVString(origin), id: toDOMString(lastEventId), source: toSource(source), ports: toPorts(ports) };
    if (isDispatching(this)) return;
    initialise(this, name, bubbles, cancelable);
    this.#data = data;
    this.#origin = converted.origin;
    this.#lastEventId = converted.id;
    this.#source = converted.source;
    this.#ports = converted.ports;
  }
}
defineInterface(MessageEvent, 'MessageEvent');

/** An event that the runtime itself fires; `ports` is frozen. */
export function createMessageEvent(type, data, ports, origin = '', id = '') {
  const event = trusted(new MessageEvent(type));
  assign(event, data, ports, origin, id);
  return event;
}

export const globals = { MessageEvent };
