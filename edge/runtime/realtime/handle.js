// One event in a namespace: its handlers, one after the other, then what it leaves behind.

import { ArrayPrototypePush, JSONStringify, ReflectApply } from '../bootstrap/primordials.js';
import { describe } from '../bootstrap/failures.js';
import { isObject } from '../webidl/index.js';
import { pack } from './codec.js';
import { call } from './queue.js';
import { handlersOf } from './socket.js';

// The function that a handler answers its client with.
function answerer() {
  let answered = false;
  return (...args) => {
    if (answered) return undefined;
    answered = true;
    const { payload, sizes, data } = pack(args, 'the acknowledgement');
    return call('ack', { __proto__: null, payload, sizes }, data);
  };
}

// An error that is meant for the client says so: by `data`, as in Socket.IO, or by `expose`.
function refusalOf(error) {
  if (!isObject(error) || (error.data === undefined && error.expose !== true)) return null;
  return JSONStringify({ message: describe(error).message, data: error.data });
}

/** Runs the handlers; rejects with what one of them throws. */
export async function handleEvent(event, namespace, path, socket) {
  event.taken = true;
  const connecting = event.name === '$connect';
  if (connecting) await call('accept', { __proto__: null, namespace: path });
  const { args } = event;
  if (event.wantsAnswer) ArrayPrototypePush(args, answerer());
  const handlers = handlersOf(socket, event.name);
  try {
    for (let i = 0; i < handlers.length; i++) await ReflectApply(handlers[i], namespace, args);
  } catch (error) {
    event.refusal = connecting ? refusalOf(error) : null;
    if (event.refusal === null) throw error;
  }
  const data = event.changedData();
  if (data !== null && event.name !== '$disconnect') await call('keep', { __proto__: null, data });
}
