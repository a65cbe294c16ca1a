// A host call from question to answer while a snapshot is built, in both ways: V8 keeps what it compiled on the way (0.7 ms of the
// first one).

import { ArrayBuffer, JSONStringify, PromisePrototypeThen, ReflectApply } from './primordials.js';
import { installDoorbell, removeDoorbell, usePlaces } from './doorbell.js';
import { resetHost } from './host.js';
import { enterTask, setBuilding } from './state.js';
import { run } from './entry.js';

const ignore = () => {};

const PLACE = 3;

/** A doorbell that always answers the same text; see edge/engine/mailbox.py. */
function answerWith(value) {
  const places = {};
  installDoorbell(() => { places[PLACE] = JSONStringify({ value: [value] }); }, ArrayBuffer);
  usePlaces(places);
}

function inTask(prompt, play) {
  resetHost(); // calls are counted from 1
  enterTask({ __proto__: null, id: 0, over: false, prompt, calls: null, pendingCalls: 0, pendingData: 0, logTally: null });
  setBuilding(false);
  try {
    play();
  } finally {
    setBuilding(true);
    enterTask(null);
    resetHost();
  }
}

/** Call `begin`, which makes one host call and answers a promise, and give it `value`: at the end of the turn. */
export function warmUpCall(begin, value) {
  inTask(false, () => {
    PromisePrototypeThen(begin(), ignore, ignore);
    ReflectApply(run, '', []);
    ReflectApply(run, JSONStringify({ events: [{ t: 'reply', call: 1, value }] }), []);
  });
}

/** The same in the middle of the turn. */
export function warmUpCallNow(begin, value) {
  answerWith(value);
  inTask(true, () => PromisePrototypeThen(begin(), ignore, ignore));
  removeDoorbell();
}
