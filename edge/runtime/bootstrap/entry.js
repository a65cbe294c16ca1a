// The one function that the host holds.  Called with `this` as
//   a function   the doorbell: answers the shared box; rung before that, it brings V8's extras binding
//   text         JSON with events; '' only drains
// it runs at most one macrotask and returns the Turn so far ('' when there is nothing to say).

import { ArrayBuffer, JSONParse, JSONStringify, captureLate, withoutPrototypes } from './primordials.js';
import { settle, takeEffects } from './host.js';
import { installDoorbell } from './doorbell.js';
import { captureExtras } from './extras.js';
import { wakeIdle } from './idle.js';
import { cancel, forget, start } from './invocation.js';
import { addRecords, setMain } from './modules.js';
import { hasRejections } from './rejections.js';
import { installStackTraces } from './stack_trace.js';
import { goAhead, startTape, takeTape } from './tape.js';
import { hasTask, queueTask, runTask } from './tasks.js';
import { installStreaming } from '../webassembly/install.js';
import { nextTimer, runDueTimers } from '../timers/index.js';

const accept = {
  __proto__: null,
  start,
  reply: (event) => queueTask(() => settle(event), null),
  tape: (event) => startTape(event),
  time: (event) => goAhead(event.ahead),
  tick: () => runDueTimers(),
  cancel: (event) => queueTask(() => cancel(event.id, event.reason), null),
  forget: (event) => queueTask(() => forget(event.id), null),
  modules: (event) => {
    if (event.eval === false) import('./globals.js').forbidEval();
    setMain(event.main);
    addRecords(event.records);
  },
};

function take(payload) {
  const { events } = JSONParse(payload);
  for (let i = 0; i < events.length; i++) {
    // What it does not have shall not be found on Object.prototype: event, its parts, and what those hold.
    const event = withoutPrototypes(events[i], 3);
    accept[event.t](event);
  }
}

function runMacrotask() {
  try {
    if (!hasRejections()) return runTask();
    import('./uncaught.js').tellRejections();
  } catch (error) {
    import('./uncaught.js').reportException(error);
  }
  return true;
}

function turn() {
  // The host ticks when nothing else is to be done: without this, tasks that make tasks would hold timers back for ever.
  if (hasTask()) runDueTimers();
  const busy = runMacrotask();
  const effects = takeEffects();
  if (busy || hasTask() || wakeIdle()) return effects === '' ? '' : `{"effects":${effects}${takeTape()},"busy":true}`;
  const timer = nextTimer();
  return `{"effects":${effects === '' ? '[]' : effects}${timer === null ? '' : `,"timer":${JSONStringify(timer)}`}${takeTape()}}`;
}

export function run() {
  'use strict';
  if (typeof this === 'function') {
    captureLate();
    installStackTraces();
    // SharedArrayBuffer does not exist while a snapshot is built, so it cannot be captured; this runs before user code.
    const box = installDoorbell(this, globalThis.SharedArrayBuffer ?? ArrayBuffer);
    captureExtras(this);
    installStreaming(globalThis.WebAssembly);
    return box;
  }
  if (this !== '') take(this);
  return turn();
}
