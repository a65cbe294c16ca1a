// Whom an event goes to: rooms, and rooms that it does not go to.  Each step gives another operator.

import { ArrayIsArray, ArrayPrototypeConcat, ArrayPrototypePush, String } from '../bootstrap/primordials.js';
import { pack } from './codec.js';
import { call } from './queue.js';

// An event is a name (or number), then what JSON can say, with bytes.
export function packEvent(event, args, what) {
  const all = [typeof event === 'number' ? event : `${event}`];
  for (let i = 0; i < args.length; i++) ArrayPrototypePush(all, args[i]);
  return pack(all, what);
}

function names(rooms) {
  const list = ArrayIsArray(rooms) ? rooms : [rooms];
  const texts = [];
  for (let i = 0; i < list.length; i++) ArrayPrototypePush(texts, String(list[i]));
  return texts;
}

export class BroadcastOperator {
  #namespace;
  #rooms;
  #without;

  constructor(namespace, rooms, without) {
    this.#namespace = namespace;
    this.#rooms = rooms;
    this.#without = without;
  }

  to(room) { return new BroadcastOperator(this.#namespace, ArrayPrototypeConcat(this.#rooms, names(room)), this.#without); }
  in(room) { return this.to(room); }
  except(room) { return new BroadcastOperator(this.#namespace, this.#rooms, ArrayPrototypeConcat(this.#without, names(room))); }

  emit(event, ...args) { return this.emitAll(event, args); }

  emitAll(event, args) {
    const { payload, sizes, data } = packEvent(event, args, 'emit');
    return call('emit', { __proto__: null, payload, sizes, namespace: this.#namespace, rooms: this.#rooms, without: this.#without }, data);
  }
}
