// The runtime of `edge.vm`.  Bundled into one script, which becomes the snapshot that each VM starts from.
//
// It leaves one function behind, which the host alone holds.  Called with `this` as
//   a function   the doorbell: answers the shared box; rung before that, it brings V8's extras binding
//   text         JSON with events; '' only drains
// it returns the messages for the host so far, as a JSON array.

import { ArrayBuffer, captureLate } from '../bootstrap/primordials.js';
import { installDoorbell } from '../bootstrap/doorbell.js';
import { setBuilding } from '../bootstrap/state.js';
import { exposeEntry } from './globals.js';
import { take, turn } from './kernel.js';
import { watchRejections } from './rejections.js';

function entry() {
  'use strict';
  if (typeof this === 'function') {
    setBuilding(false);
    captureLate();
    const box = installDoorbell(this, globalThis.SharedArrayBuffer ?? ArrayBuffer);
    watchRejections(this);
    return box;
  }
  const rested = this === '';
  if (!rested) take(this);
  return turn(rested);
}

exposeEntry(entry);
