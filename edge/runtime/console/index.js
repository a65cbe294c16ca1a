// The global console, whose lines are effects of the invocation.

import { ObjectAssign, ObjectCreate, ObjectDefineProperty, StringPrototypeToWellFormed, SymbolToStringTag } from '../bootstrap/primordials.js';
import { currentInvocation, impure } from '../bootstrap/host.js';
import { invocationLocal } from '../bootstrap/invocation_local.js';
import { emitLog } from '../bootstrap/logs.js';
import { createMethods, createState } from './print.js';

/** One line of the function's log.  Level is debug, info, warn or error. */
export function log(level, text) {
  // A line that is printed while a snapshot is built would be missing from every invocation's log.
  impure('console output');
  const invocation = currentInvocation();
  if (invocation !== null) emitLog(invocation, level, StringPrototypeToWellFormed(text));
}

/** A namespace object: https://console.spec.whatwg.org/#console-namespace */
function createConsole() {
  const console = ObjectAssign(ObjectCreate({}), createMethods(log, { state: invocationLocal(createState) }));
  ObjectDefineProperty(console, SymbolToStringTag, { __proto__: null, value: 'console', writable: false, enumerable: false, configurable: true });
  return console;
}

export const globals = { console: createConsole() };
