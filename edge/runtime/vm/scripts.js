// Scripts of the host: compiled once, run in the global scope, which is what the host's sandbox becomes and is read from.
// The other side is edge/vm/script.py and edge/vm/context.py.

import {
  JSONParse, JSONStringify, ObjectKeys, ReflectGet, ReflectOwnKeys, SafeSet, StringPrototypeIsWellFormed, TypeError, withoutPrototypes,
} from '../bootstrap/primordials.js';
import { ring } from '../bootstrap/doorbell.js';
import { cacheOfScript, compileScript, dropScript, runScript } from '../bootstrap/scripts.js';
import { assignGlobal, globalObject, removeGlobal } from './globals.js';
import { read } from './reader.js';
import { writeValue } from './writer.js';

const MAX_GLOBALS = 10_000; // what is beyond stays in the context

let builtins = null; // names that the global object has of its own
const brought = new SafeSet(); // names that the host has put there

function ask(op, args, data) {
  const answer = ring(op, args, data);
  const reply = withoutPrototypes(JSONParse(answer.head), 2);
  if (reply.error) throw new TypeError(`${reply.error.message}`);
  return { __proto__: null, value: reply.value, data: answer.data };
}

/** `{script, rejected}`; a cache comes from the host, not through here. */
export function compile({ name, line, column, source, cached, eager }) {
  return compileScript(ask, source, { name, line, column, eager, cached: cached ? 'host' : undefined });
}

/** Bytes. */
export const cache = ({ script }) => cacheOfScript(ask, script);

/** What the host has changed since it looked last. */
function bring({ set, remove }) {
  for (let i = 0; i < remove.length; i++) {
    brought.delete(remove[i]);
    removeGlobal(remove[i]);
  }
  const names = ObjectKeys(set);
  for (let i = 0; i < names.length; i++) {
    brought.add(names[i]);
    assignGlobal(names[i], read(set[names[i]]));
  }
}

/** The value that a script leaves, with the sandbox as it is now. */
export function script(event) {
  if (builtins === null) {
    builtins = new SafeSet();
    const names = ReflectOwnKeys(globalObject());
    for (let i = 0; i < names.length; i++) builtins.add(names[i]);
  }
  bring(event);
  for (let i = 0; i < event.drop.length; i++) dropScript(ask, event.drop[i]);
  return runScript(ask, event.script, { timeout: event.timeout });
}

/** Members of a result: `set`, what the global scope holds, and `left`, the names of what cannot cross or is the host's own. */
export function sandboxText(number, isOfHost) {
  let set = '';
  let left = '';
  let count = 0;
  const global = globalObject();
  const names = ReflectOwnKeys(global);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (typeof name !== 'string' || (builtins.has(name) && !brought.has(name)) || !StringPrototypeIsWellFormed(name)) continue;
    count += 1;
    const key = JSONStringify(name);
    let text = null;
    try {
      const value = count > MAX_GLOBALS ? undefined : ReflectGet(global, name);
      if (count <= MAX_GLOBALS && !isOfHost(value)) text = writeValue(value, number);
    } catch {
      // A getter throws, or it cannot cross.
    }
    if (text === null) left += left === '' ? key : `,${key}`;
    else set += `${set === '' ? '' : ','}${key}:${text}`;
  }
  return `"set":{"$":["obj",{${set}}]},"left":[${left}]`;
}
