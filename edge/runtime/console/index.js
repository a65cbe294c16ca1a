// The global console, whose lines are effects of the invocation.

import { ObjectAssign, ObjectCreate, ObjectDefineProperty, StringPrototypeToWellFormed, SymbolToStringTag } from '../bootstrap/primordials.js';
import { currentInvocation, emit, impure } from '../bootstrap/host.js';
import { createMethods } from './print.js';

/** One line of the function's log.  Level is debug, info, warn or error. */
export function log(level, text) {
  // A line that is printed while a snapshot is built would be missing from every invocation's log.
  impure('console output');
  const invocation = currentInvocation();
  if (invocation === null) return;
  emit({ __proto__: null, t: 'log', id: invocation.id, level, text: StringPrototypeToWellFormed(text) });
}

/** A namespace object: https://console.spec.whatwg.org/#console-namespace */
function createConsole() {
  const console = ObjectAssign(ObjectCreate({}), createMethods(log));
  ObjectDefineProperty(console, SymbolToStringTag, { __proto__: null, value: 'console', writable: false, enumerable: false, configurable: true });
  return console;
}

export const globals = { console: createConsole() };
