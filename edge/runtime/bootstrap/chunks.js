// Parts of the runtime that are not in its snapshot.  build.mjs turns every `import()` of the runtime into a synchronous
// load of a chunk: a function of `__edge_load`.  The source of a chunk comes from the build of a package's snapshot, or from
// the host when an invocation needs one that its package's snapshot does not hold.

import { ReflectOwnKeys, eval as indirectEval } from './primordials.js';
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

/** What `load` gives, of whose chunks nothing stays: they are for the time of a build, and every isolate would pay for them. */
export function unkept(load) {
  const { made } = __edge_load;
  const before = { __proto__: null, ...made };
  const result = load();
  const names = ReflectOwnKeys(made);
  for (let i = 0; i < names.length; i++) if (before[names[i]] === undefined) delete made[names[i]];
  return result;
}
