// The runtime: everything that is there before user code.  Bundled into one script, which becomes the runtime snapshot.

import { setChunkSources } from './bootstrap/chunks.js';
import { installGlobals, exposeEntry } from './bootstrap/globals.js';
import { run } from './bootstrap/entry.js';
import { endRehearsal } from './bootstrap/rehearsal.js';
import { createBuild } from './bootstrap/build.js';
import { JSONParse, ReflectApply } from './bootstrap/primordials.js';
import { isBuilding, setBuilding } from './bootstrap/state.js';

installGlobals();

const { build, warmUp, report, rehearseAgain, evaluate, loadAhead } = createBuild(entry);

// `this` is what the host brings (see bootstrap/entry.js); arguments are used while a snapshot or a memory image is made.
function entry(command, spec) {
  'use strict';
  if (command === 'build') return build(spec);
  if (command === 'warm up') return warmUp(spec);
  if (command === 'report') return report();
  if (command === 'rehearse') return rehearseAgain(spec);
  if (command === 'evaluate') return evaluate(spec);
  if (command === 'ahead') return loadAhead(spec);
  if (command === 'chunks') return setChunkSources(spec === '' ? null : JSONParse(spec));
  if (isBuilding()) {
    setBuilding(false);
    endRehearsal();
  }
  return ReflectApply(run, this, []);
}

exposeEntry(entry);
