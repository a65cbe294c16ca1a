// From a place in a module as it runs to the place in what the author wrote: past the wrapper that a module is compiled in, back
// through the transform, and through the source map that the package brings.

import { MathMax, SafeMap, StringPrototypeStartsWith, TypedArrayPrototypeGetLength, TypedArrayPrototypeSubarray } from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { headLength } from '../bootstrap/modules.js';
import { isBuilding } from '../bootstrap/state.js';
import { Mappings } from './mappings.js';

const MAX_KEPT = 16 * 1024 * 1024; // bytes of mappings; further files are shown as they run

const kept = new SafeMap(); // path -> {own, brought, sources}; null where the package has nothing
let keptBytes = 0;

const part = (bytes, from, to) => (to > from ? new Mappings(TypedArrayPrototypeSubarray(bytes, from, to), to - from) : null);

function fetchMaps(path) {
  const { value, data } = hostCallSync('module.maps', { path });
  const length = TypedArrayPrototypeGetLength(data);
  keptBytes += length;
  return length === 0 ? null : { __proto__: null, own: part(data, 0, value.own), brought: part(data, value.own, length), sources: value.sources };
}

// Asked once for each file, whatever comes of it.
function mapsOf(path) {
  if (isBuilding()) return null;
  let maps = kept.get(path);
  if (maps !== undefined) return maps;
  maps = null;
  try {
    if (keptBytes < MAX_KEPT) maps = fetchMaps(path);
  } catch {
    // A host without maps.
  }
  kept.set(path, maps);
  return maps;
}

// Of the transform's mappings only those around changes are there (transform/shifts.js): up to the next one columns move along,
// unless what is in between has itself become longer or shorter.
function beforeTransform(own, line, column) {
  if (own === null) return column;
  const { last, next } = own.around(line, column);
  const at = last === null ? 0 : last.column;
  const from = last === null ? 0 : last.sourceColumn;
  return next !== null && next.column - next.sourceColumn !== at - from ? from : MathMax(0, from + column - at);
}

/** `file:line:column`, counted from 1 as in stacks. */
export function authorsPlace(file, line, column) {
  const unwrapped = line === 1 ? MathMax(1, column - headLength(file)) : column;
  const maps = StringPrototypeStartsWith(file, '/app/') ? mapsOf(file) : null;
  if (maps === null) return `${file}:${line}:${unwrapped}`;
  const built = beforeTransform(maps.own, line - 1, unwrapped - 1);
  const found = maps.brought === null ? null : maps.brought.around(line - 1, built).last;
  const source = found === null ? undefined : maps.sources?.[found.source];
  return typeof source === 'string' ? `${source}:${MathMax(1, found.sourceLine + 1)}:${MathMax(1, found.sourceColumn + 1)}` : `${file}:${line}:${built + 1}`;
}
