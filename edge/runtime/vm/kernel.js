// Events of the host in, messages for it out.  The other side is edge/vm/protocol.py, which describes both.

import {
  JSONParse, JSONStringify, ObjectDefineProperty, ObjectKeys, Promise, PromisePrototypeThen, PromiseReject, RangeError, ReflectApply,
  ReflectGetPrototypeOf, RegExpPrototypeSymbolReplace, SafeMap, String, TypeError, eval as evaluate, withoutPrototypes,
} from '../bootstrap/primordials.js';
import { ring } from '../bootstrap/doorbell.js';
import { decodeUtf8, encodeUtf8 } from '../bootstrap/utf8.js';
import { defineGlobal, removeExtensions } from './globals.js';
import { makers, read } from './reader.js';
import { takeRejections } from './rejections.js';
import { cache, compile as compileScript, sandboxText, script } from './scripts.js';
import { handles, limits, writeLoosely, writeThrown, writeValue } from './writer.js';

const AsyncFunction = ReflectGetPrototypeOf(async () => {}).constructor;
const ObjectPrototype = ReflectGetPrototypeOf({});
const MAX_HANDLES = 10_000;
const MAX_PENDING = 1000;
const MAX_NOTES = 10_000; // of one turn

let messages = ''; // for the host, JSON without the brackets
let lastCall = 0;
let notes = 0;
const pending = new SafeMap(); // call of a host function -> {resolve, reject}
const functions = new SafeMap(); // number -> function
const callable = new SafeMap(); // name -> function that the host may call
const hostFunctions = new SafeMap(); // number of a function of the host -> its stand-in
const numbers = new SafeMap(); // the other way round

function tell(message) {
  messages += messages === '' ? message : `,${message}`;
}

/** An error that nobody handles. */
export function report(error) {
  tell(`["u",${writeThrown(error)}]`);
}

// -- functions of the host

function arguments_(given) {
  // An array, whatever became of its prototype: writeValue asks Array.isArray.
  return writeValue(given);
}

function callLater(number, given) {
  let text;
  try {
    if (pending.size >= MAX_PENDING) throw new RangeError(`too many host calls at once (at most ${MAX_PENDING}): await some before starting more`);
    text = arguments_(given);
  } catch (error) {
    return PromiseReject(error);
  }
  lastCall += 1;
  const call = lastCall;
  tell(`["h",${call},${number},${text}]`);
  return new Promise((resolve, reject) => pending.set(call, { __proto__: null, resolve, reject }));
}

/** A call that nobody waits for; what cannot cross goes as text.  What is too much for one turn is dropped. */
function note(made, ...given) {
  const number = numbers.get(made);
  notes += 1;
  if (number !== undefined && notes <= MAX_NOTES) tell(`["h",0,${number},${writeLoosely(given)}]`);
}

function callNow(number, given) {
  const answer = ring('vm.call', number, encodeUtf8(arguments_(given)));
  const outer = withoutPrototypes(JSONParse(answer.head), 1);
  if (outer.error) throw new TypeError(`${outer.error.message}`);
  const reply = withoutPrototypes(JSONParse(decodeUtf8(answer.data)), 1);
  if (reply.error !== undefined) throw read(reply.error);
  return read(reply.value);
}

function hostFunction(number, name, waits) {
  const known = hostFunctions.get(number);
  if (known !== undefined) return known;
  const made = waits ? (...given) => callNow(number, given) : (...given) => callLater(number, given);
  ObjectDefineProperty(made, 'name', { __proto__: null, value: name, configurable: true });
  hostFunctions.set(number, made);
  numbers.set(made, number);
  return made;
}

makers.host = hostFunction;

// -- functions for the host

function handleOf(made) {
  let number = handles.get(made);
  if (number === undefined) {
    if (functions.size >= MAX_HANDLES) throw new RangeError(`more than ${MAX_HANDLES} functions of one VM cannot be handed out`);
    number = functions.size + 1;
    functions.set(number, made);
    handles.set(made, number);
  }
  return number;
}

makers.fn = (number) => functions.get(number);

function expose(name, made) {
  if (typeof made !== 'function') throw new TypeError(`${String(name)} is not a function`);
  callable.set(name, made);
}

// The functions of an object, by their names; a function alone is `default`.  Not of a typed array: its keys are many.
function exposeAll(value) {
  if (typeof value === 'function') expose('default', value);
  if (typeof value !== 'object' || value === null) return;
  const prototype = ReflectGetPrototypeOf(value);
  if (prototype !== null && prototype !== ObjectPrototype) return;
  const keys = ObjectKeys(value);
  for (let i = 0; i < keys.length; i++) {
    const member = value[keys[i]];
    if (typeof member === 'function') expose(keys[i], member);
  }
}

// -- results

const ignore = () => {};

function answer(id, value, exports) {
  let text;
  try {
    if (exports) exposeAll(value);
    text = writeValue(value, exports ? handleOf : null);
  } catch (error) {
    fail(id, error);
    return;
  }
  tell(`["r",${id},${text}]`);
}

function fail(id, error) {
  tell(`["e",${id},${writeThrown(error)}]`);
}

function settle(id, promise, exports) {
  PromisePrototypeThen(promise, (value) => answer(id, value, exports), (error) => fail(id, error));
}

function isPromise(value) {
  if (typeof value !== 'object' || value === null) return false;
  try {
    PromisePrototypeThen(value, undefined, ignore);
    return true;
  } catch {
    return false;
  }
}

function isThenable(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function' ? typeof value.then === 'function' : false;
}

// What `work` gives may be a promise: one of V8 is asked without its `then`, which may be somebody else's by now.
function start(id, work, exports) {
  let result;
  try {
    result = work();
    if (!isPromise(result)) {
      if (!isThenable(result)) return answer(id, result, exports);
      result = new Promise((resolve) => resolve(result));
    }
  } catch (error) {
    return fail(id, error);
  }
  return settle(id, result, exports);
}

// -- code

const LINE_ENDS = /[\n\r\u2028\u2029]/g;

function sourceUrl(name) {
  return `\n//# sourceURL=${RegExpPrototypeSymbolReplace(LINE_ENDS, name, ' ')}`;
}

// The lines of a function's body are counted from its own first line, so the head stands in front of it.
function compile(code, name) {
  void new AsyncFunction(code); // it must be a body by itself
  return evaluate(`(async function () { ${code}\n})${sourceUrl(name)}`);
}

const library = {
  __proto__: null,
  expose,
  exposeAll,
  note,
  report,
};

function addLibrary({ name, references, globals, values, code }) {
  const host = { __proto__: null };
  for (let i = 0; i < references.length; i++) {
    const reference = references[i];
    const made = hostFunction(reference[0], reference[1], reference[2]);
    host[reference[1]] = made;
    if (globals) defineGlobal(reference[1], made);
  }
  const names = ObjectKeys(values);
  for (let i = 0; i < names.length; i++) defineGlobal(names[i], read(values[names[i]]));
  if (code !== '') ReflectApply(evaluate(`(function (global, host, vm) { 'use strict'; ${code}\n})${sourceUrl(name)}`), undefined, [globalThis, host, { ...library }]);
}

// What a script comes to: its value or what it threw, and the sandbox in any case.
function tellScript(id, outcome) {
  tell(`["r",${id},{${outcome},${sandboxText(handleOf, (value) => numbers.has(value))}}]`);
}

function runScript(event) {
  const failed = (error) => tellScript(event.id, `"error":${writeThrown(error)}`);
  PromisePrototypeThen(new Promise((resolve) => resolve(script(event))), (value) => {
    let text;
    try {
      text = event.wanted ? writeValue(value, handleOf) : 'null';
    } catch (error) {
      failed(error);
      return;
    }
    tellScript(event.id, `"value":${text}`);
  }, failed);
}

// -- events

function nothing() {}

function find(name, handle) {
  if (handle < 0) return nothing;
  const made = handle > 0 ? functions.get(handle) : callable.get(name);
  if (made !== undefined) return made;
  const error = new TypeError(`there is no function ${JSONStringify(name)} to call`);
  error.code = 'ERR_NO_FUNCTION';
  throw error;
}

const accept = {
  __proto__: null,
  begin(event) {
    limits.depth = event.depth;
    limits.items = event.items;
    limits.size = event.size;
    removeExtensions(event.webassembly);
    if (event.named) defineGlobal('global', globalThis);
  },
  library(event) {
    start(event.id, () => addLibrary(event), false);
  },
  run(event) {
    start(event.id, () => ReflectApply(compile(event.code, event.name), undefined, []), true);
  },
  call(event) {
    start(event.id, () => ReflectApply(find(event.name, event.handle), undefined, read(event.args)), false);
  },
  compile(event) {
    start(event.id, () => compileScript(event), false);
  },
  cache(event) {
    start(event.id, () => cache(event), false);
  },
  script: runScript,
  reply(event) {
    const waiting = pending.get(event.call);
    if (waiting === undefined) return;
    pending.delete(event.call);
    if (event.error !== undefined) waiting.reject(read(event.error));
    else waiting.resolve(read(event.value));
  },
  look() {},
};

/** What the host brings: JSON of events. */
export function take(payload) {
  const { events } = JSONParse(payload);
  for (let i = 0; i < events.length; i++) {
    // What it does not have shall not be found on Object.prototype.
    const event = withoutPrototypes(events[i], 1);
    accept[event.t](event);
  }
}

/** What there is for the host.  When microtasks have run (`rested`), a promise that is rejected was not handled in time. */
export function turn(rested) {
  notes = 0;
  const rejected = rested ? takeRejections() : null;
  if (rejected !== null) for (let i = 0; i < rejected.length; i++) report(rejected[i]);
  if (messages === '') return '[]';
  const taken = messages;
  messages = '';
  return `[${taken}]`;
}
