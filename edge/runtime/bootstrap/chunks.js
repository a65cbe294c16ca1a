// Parts of the runtime that are not in its snapshot.  build.mjs turns every `import()` of the runtime into a synchronous
// load of a chunk: a function of `__edge_load`.  The source of a chunk comes from the build of a package's snapshot, or from
// the host when an invocation needs one that its package's snapshot does not hold.

import { ReflectOwnKeys, TypeError, eval as indirectEval } from './primordials.js';
import { hostCallSync } from './host.js';
import { isBuilding, setBuilding } from './state.js';

/* global __edge_load */

let sources = null;
let lacking = false;
const wanted = { __proto__: null };

/** Whether a chunk was wanted that the build was not given: then nothing of it counts, whoever caught the error. */
export const lacksChunk = () => lacking;

/** The chunks that builds of this snapshot have wanted, by name. */
export const wantedChunks = () => ReflectOwnKeys(wanted);

/** The sources of chunks while a package's snapshot is built; null afterwards, so that the snapshot does not hold them. */
export function setChunkSources(table) {
  sources = table;
}

function sourceOf(name) {
  if (isBuilding() && sources !== null) {
    const source = sources[name];
    wanted[name] = true;
    if (source !== undefined) return source;
    lacking = true;
    throw new TypeError(`the runtime's part ${name} is not at hand`);
  }
  const before = isBuilding(); // what is loaded shall believe so, but the host is there
  setBuilding(false);
  try {
    return hostCallSync('runtime.chunk', { name }).value;
  } finally {
    setBuilding(before);
  }
}

__edge_load.late = (name) => indirectEval(`(${sourceOf(name)})\n//# sourceURL=edge:runtime/${name}.js`);

/** Have a chunk at hand that was asked for by this name. */
export function loadChunk(name) {
  __edge_load(name);
}

/** What `load` gives, of whose chunks nothing stays: they are for the time of a build, and every isolate would pay for them. */
export function unkept(load) {
  const { made } = __edge_load;
  const before = { __proto__: null, ...made };
  const result = load();
  const names = ReflectOwnKeys(made);
  for (let i = 0; i < names.length; i++) if (before[names[i]] === undefined) delete made[names[i]];
  return result;
}
