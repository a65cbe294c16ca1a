// Parts of the runtime that are not in its snapshot.  build.mjs turns every `import()` of the runtime into a synchronous
// load of a chunk: a function of `__edge_load`.  The source of a chunk comes from the build of a package's snapshot, or from
// the host when an invocation needs one that its package's snapshot does not hold.

import { eval as indirectEval } from './primordials.js';
import { hostCallSync } from './host.js';
import { isBuilding } from './state.js';

/* global __edge_load */

let sources = null;

/** The sources of all chunks while a package's snapshot is built; null afterwards, so that the snapshot does not hold them. */
export function setChunkSources(table) {
  sources = table;
}

function sourceOf(name) {
  if (isBuilding() && sources !== null) return sources[name];
  return hostCallSync('runtime.chunk', { name }).value;
}

__edge_load.late = (name) => indirectEval(`(${sourceOf(name)})\n//# sourceURL=edge:runtime/${name}.js`);
