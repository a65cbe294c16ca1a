// Building a package's snapshot: this runs instead of an invocation, without a host.

import { JSONStringify } from './primordials.js';
import { clearImpurity, impurity } from './state.js';
import { describe } from './failures.js';
import { addRecords, compileAll, forgetUntouched, knownModules, load, setMain } from './modules.js';
import { exposeEntry, hideEntry, watchUnsnapshotable } from './globals.js';
import { setEnvironment } from '../node/process_env.js';

/**
 * Build the package at `level`: 'initialised' runs its top level, 'compiled' only compiles its modules.
 * `report` tells what came of it; the host reads it from an isolate made of the new snapshot.
 */
export function createBuild(entry) {
  let outcome = null;

  function build(spec) {
    hideEntry();
    clearImpurity();
    setMain(spec.main);
    addRecords(spec.records);
    let error = null;
    try {
      if (spec.level === 'initialised') initialise(spec);
      else compileAll();
    } catch (thrown) {
      error = describe(thrown);
    }
    outcome = { __proto__: null, error };
    exposeEntry(entry);
  }

  function report() {
    return JSONStringify({ __proto__: null, ...outcome, impure: impurity(), modules: knownModules() });
  }

  return { __proto__: null, build, report };
}

function initialise(spec) {
  const unwatch = watchUnsnapshotable();
  try {
    setEnvironment(spec.env, spec.secrets);
    load(spec.main);
  } finally {
    unwatch();
    setEnvironment({});
    forgetUntouched();
  }
}

