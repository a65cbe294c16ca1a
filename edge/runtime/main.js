// The runtime: everything that is there before user code.  Bundled into one script, which becomes the runtime snapshot.

import { installGlobals, exposeEntry } from './bootstrap/globals.js';
import { entry as run } from './bootstrap/entry.js';
import { createBuild } from './bootstrap/build.js';
import { ReflectApply } from './bootstrap/primordials.js';
import { setBuilding } from './bootstrap/state.js';

installGlobals();

const { build, report } = createBuild(entry);

// `this` is what the host brings (see bootstrap/entry.js); arguments are used by a snapshot build only.
function entry(command, spec) {
  'use strict';
  if (command === 'build') return build(spec);
  if (command === 'report') return report();
  setBuilding(false);
  return ReflectApply(run, this, []);
}

exposeEntry(entry);
