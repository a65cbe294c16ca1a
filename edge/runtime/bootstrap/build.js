// Building a package's snapshot: this runs instead of an invocation, without a host.

import { ArrayPrototypePush, JSONParse, JSONStringify, withoutPrototypes } from './primordials.js';
import { clearImpurity, impure, impurity, setBuilding } from './state.js';
import { describe } from './failures.js';
import { addRecords, compileAll, forgetUntouched, hasModule, knownModules, load, setMain, waitsForMain } from './modules.js';
import { findHandler } from './contract.js';
import { exposeEntry, forbidEval, hideEntry, materialiseMentioned, standIn, warmUpAgain } from './globals.js';
import { lacksChunk, loadChunk, setChunkSources, unkept, wantedChunks } from './chunks.js';
import { keepDoorbell } from './doorbell.js';
import { takeEffects } from './host.js';
import { run } from './entry.js';
import { endRehearsal, rehearse } from './rehearsal.js';
import { readClock } from './tape.js';
import { setEnvironment } from '../node/process_env.js';

/**
 * Build the package at `level`: 'initialised' runs its top level, 'compiled' only compiles its modules.
 * `report` tells what came of it; the host reads it from an isolate made of the new snapshot.
 */
export function createBuild(entry) {
  let outcome = null;
  let rehearsed = '';
  let took = 0;

  function build(spec) {
    hideEntry();
    clearImpurity();
    setChunkSources(spec.chunks);
    if (spec.eval === false) forbidEval();
    setMain(spec.main);
    addRecords(spec.records);
    const anchor = anchorsOf(spec);
    let error = null;
    anchor();
    try {
      const began = readClock();
      if (spec.level === 'initialised') initialise(spec);
      else compileAll();
      took = readClock() - began;
    } catch (thrown) {
      error = describe(thrown);
    }
    anchor();
    outcome = { __proto__: null, error, problem: error === null && spec.level === 'initialised' && impurity() === '' ? handlerProblem(spec) : '' };
    setChunkSources(null);
    exposeEntry(entry);
  }

  // A second snapshot on top of the first, after the microtasks of the package's top level have run: what is rehearsed
  // may read the clock, what the package did by itself may not.
  function warmUp(spec) {
    hideEntry();
    setChunkSources(spec.chunks);
    const contract = contractOf(spec);
    materialiseMentioned(sources(spec.records), contract);
    rehearsed = contract;
    if (contract !== '') rehearse(run, contract);
    anchorsOf(spec)();
    setChunkSources(null);
    exposeEntry(entry);
  }

  function report() {
    return JSONStringify({ __proto__: null, ...outcome, took, impure: impurity(), modules: knownModules(), lacks: lacksChunk(), chunks: wantedChunks() });
  }

  // Before a memory image is made of an isolate that is up: code that has run before is found prepared after each rewinding.
  // `contract` is of a runtime without a package.
  function rehearseAgain(contract = rehearsed) {
    if (contract === '') return contract;
    const takeBack = keepDoorbell();
    rehearse(run, contract, true);
    warmUpAgain();
    takeBack();
    return contract;
  }

  // In an isolate of the runtime that is up: the top level of a package of which a build has shown that it depends on nothing but
  // what is in `text`.  So it is as in a snapshot, without one.
  function evaluate(text) {
    const { main, records, env, eval: mayEval } = withoutPrototypes(JSONParse(text), 1);
    endRehearsal();
    setBuilding(false);
    if (mayEval === false) forbidEval();
    setMain(main);
    addRecords(records);
    setEnvironment(env);
    load(main);
    setEnvironment({});
    forgetUntouched();
    return main;
  }

  // After that, before a memory image is made: what its invocations will need, so that they need not load it.  `text` has the chunks
  // that one of them has asked for, and the modules, for what their sources mention.
  function loadAhead(text) {
    const { chunks, main, records } = withoutPrototypes(JSONParse(text), 1);
    setBuilding(true); // for who comes it has not begun
    materialiseMentioned(sources(records), contractOf({ __proto__: null, main, records, contract: '', handler: '' }));
    for (let i = 0; i < chunks.length; i++) loadChunk(chunks[i]);
    takeEffects();
    setBuilding(false);
    endRehearsal();
    return main;
  }

  return { __proto__: null, build, warmUp, report, rehearseAgain, evaluate, loadAhead };
}

const MANY = 200; // modules

function anchorsOf({ regexps }) {
  return regexps.length === 0 ? () => {} : unkept(() => import('./regexp_anchors.js')).createAnchors(regexps);
}

/** Why no invocation will find a handler; '' when it will. */
function handlerProblem(spec) {
  try {
    findHandler(spec.contract, spec.handler);
    return '';
  } catch (thrown) {
    return describe(thrown).message;
  }
}

// Of a large package, of which most is for nobody, only what its top level has touched.
function sources(records) {
  const found = [];
  for (let i = 0; i < records.length; i++) {
    const { kind, path, source } = records[i];
    if ((kind === 'cjs' || kind === 'esm') && (records.length <= MANY || hasModule(path))) ArrayPrototypePush(found, source);
  }
  return found;
}

// The contract that an invocation will find: known when the top level has run, else by the look of the main module.
function contractOf(spec) {
  try {
    if (spec.level === 'initialised') return findHandler(spec.contract, spec.handler).contract;
  } catch {
    return '';
  }
  if (spec.contract !== '') return spec.contract;
  if (spec.handler !== '') return 'event';
  for (let i = 0; i < spec.records.length; i++) {
    if (spec.records[i].path === spec.main) return spec.records[i].kind === 'esm' ? 'web' : 'express';
  }
  return 'express';
}

function initialise(spec) {
  const takeBack = standIn();
  try {
    setEnvironment(spec.env, spec.secrets);
    if (waitsForMain()) impure('top-level await, which is not waited for while a snapshot is built');
    else load(spec.main);
  } finally {
    takeBack();
    setEnvironment({});
    forgetUntouched();
  }
}

