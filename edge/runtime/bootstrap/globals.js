// The one file that writes to globalThis.

import {
  ArrayPrototypeJoin, ObjectDefineProperty, ObjectGetPrototypeOf, ObjectHasOwn, ObjectSetPrototypeOf, ReflectDeleteProperty, ReflectGetOwnPropertyDescriptor,
  ReflectOwnKeys, RegExp, RegExpPrototypeExec, StringPrototypeIncludes, SymbolToStringTag, TypeError,
} from './primordials.js';
import { unkept } from './chunks.js';
import { GLOBAL_HANDLERS, LAZY_GROUPS, globalScope } from './lazy_groups.js';
import { globals as clock, mathRandom } from '../clock/index.js';
import { Proxy } from '../console/proxies.js';
import { globals as node } from '../node/globals.js';
import { globals as timers } from '../timers/index.js';

const inherited = ObjectGetPrototypeOf(globalThis);
const EAGER = [clock, { Proxy }, node, timers];

// Operations and attributes of a global object are enumerable, interfaces and namespaces are not:
// https://webidl.spec.whatwg.org/#js-global-objects
const NAMESPACES = { __proto__: null, console: true, kv: true, process: true };
// Attributes stay accessors; the value says whether they can be replaced.
const ATTRIBUTES = { __proto__: null, crypto: false, navigator: false, performance: true, self: true };

function isEnumerable(name) {
  return typeof name === 'string' && name[0] >= 'a' && name[0] <= 'z' && !NAMESPACES[name];
}

function define(name, descriptor) {
  ObjectDefineProperty(globalThis, name, { __proto__: null, enumerable: isEnumerable(name), configurable: true, ...descriptor });
}

function checkReceiver(receiver, name) {
  // A bare name has none.
  if (receiver !== undefined && receiver !== null && receiver !== globalThis) throw new TypeError(`Illegal invocation: ${name} is of the global object`);
}

function defineAttribute(name, read) {
  const descriptor = ReflectGetOwnPropertyDescriptor({
    get [name]() {
      checkReceiver(this, name);
      return read();
    },
    set [name](value) {
      checkReceiver(this, name);
      define(name, { value, writable: true });
    },
  }, name);
  if (!ATTRIBUTES[name]) descriptor.set = undefined;
  define(name, descriptor);
}

function install(group) {
  for (const name of ReflectOwnKeys(group)) {
    const descriptor = ReflectGetOwnPropertyDescriptor(group, name);
    if (descriptor.get) defineLazy(name, descriptor.get);
    else define(name, { value: descriptor.value, writable: true });
  }
}

// A global that is made when it is read first.  Assigning to it before that replaces it, as for any global.
function defineLazy(name, make) {
  define(name, {
    get() {
      const value = make();
      define(name, { value, writable: true });
      return value;
    },
    set(value) {
      define(name, { value, writable: true, enumerable: true });
    },
  });
}

function memberOf(group, name) {
  const made = ReflectGetOwnPropertyDescriptor(group, name);
  return ObjectHasOwn(made, 'value') ? made.value : made.get();
}

// All names of a group come at once: they refer to each other.
function defineGroup({ names, load }) {
  const getters = [];
  const materialise = () => {
    const group = load();
    for (let i = 0; i < names.length; i++) {
      const current = ReflectGetOwnPropertyDescriptor(globalThis, names[i]);
      if (current === undefined || current.get !== getters[i]) continue;
      define(names[i], { value: memberOf(group, names[i]), writable: true });
    }
  };
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    if (name in ATTRIBUTES) {
      let value;
      defineAttribute(name, () => (value ??= memberOf(load(), name)));
      continue;
    }
    defineLazy(name, () => {
      materialise();
      return globalThis[name];
    });
    getters[i] = ReflectGetOwnPropertyDescriptor(globalThis, name).get;
  }
}

function defineHandler(type) {
  define(`on${type}`, {
    get() { return globalScope().globalHandler(type); },
    set(value) { globalScope().setGlobalHandler(type, value); },
  });
}

/** Install every global of the runtime. */
export function installGlobals() {
  for (const group of EAGER) install(group);
  for (const group of LAZY_GROUPS) defineGroup(group);
  for (const type of GLOBAL_HANDLERS) defineHandler(type);
  define(SymbolToStringTag, { value: 'global', writable: false });
  ObjectDefineProperty(Math, 'random', { __proto__: null, value: mathRandom, writable: true, enumerable: false, configurable: true });
  // Nothing can wake such a waiter: a function has one thread.
  delete Atomics.waitAsync;
  defineAttribute('self', () => globalThis);
  define('global', { value: globalThis, writable: true });
}

/** The prototype of the global object, unless the package has chosen another one. */
export function inheritGlobally(prototype) {
  if (ObjectGetPrototypeOf(globalThis) === inherited) ObjectSetPrototypeOf(globalThis, prototype);
}

const warmedUp = [];

/** Once more what was run when the snapshot was built, for groups that it has. */
export function warmUpAgain() {
  for (let i = 0; i < warmedUp.length; i++) warmedUp[i]();
}

// What no source includes needs no expression to be compiled for it, which takes memory of the snapshot or image.
function includesAny(sources, words) {
  for (let i = 0; i < words.length; i++) {
    for (let j = 0; j < sources.length; j++) if (StringPrototypeIncludes(sources[j], words[i])) return true;
  }
  return false;
}

/** Make the groups that some source mentions, so that they are in the snapshot that is being built. */
export function materialiseMentioned(sources, contract) {
  for (let group = 0; group < LAZY_GROUPS.length; group++) {
    const { names, also = [], web = [], load, warmUp } = LAZY_GROUPS[group];
    if (!includesAny(sources, names) && !includesAny(sources, also) && !(contract === 'web' && includesAny(sources, web))) continue;
    const words = `\\b(?:${ArrayPrototypeJoin(names, '|')}${also.length > 0 ? '|' : ''}${ArrayPrototypeJoin(also, '|')})\\b`;
    const members = contract === 'web' && web.length > 0 ? `|\\.\\s*(?:${ArrayPrototypeJoin(web, '|')})\\b` : '';
    const mention = new RegExp(words + members);
    for (let i = 0; i < sources.length; i++) {
      if (RegExpPrototypeExec(mention, sources[i]) === null) continue;
      void globalThis[names[0]];
      if (warmUp !== undefined) {
        warmUp(load());
        warmedUp[warmedUp.length] = () => warmUp(load());
      }
      break;
    }
  }
}

/** A binding that is a global: see ../service_worker/bindings.js. */
export function defineBinding(name, descriptor) {
  define(name, { ...descriptor, enumerable: true });
}

function ownerOf(path) {
  if (path === '') return globalThis;
  const [name, prototype] = path.split('.');
  return prototype ? globalThis[name].prototype : globalThis[name];
}

/** While a package is built: what a snapshot cannot hold has stand-ins.  Returns the undo. */
export function standIn() {
  return unkept(() => import('./stand_ins.js')).install(ownerOf);
}

const ENTRY = '__edge';

export function exposeEntry(entry) {
  define(ENTRY, { value: entry, writable: false });
}

export function hideEntry() {
  delete globalThis[ENTRY];
}

const EXTRAS = '__edge_extras';

/** V8's extras binding, which `bring` makes the host lay on the global object for a moment; undefined without it. */
export function takeExtras(bring) {
  // What a package put there while its snapshot was built is not V8's.
  if (!ReflectDeleteProperty(globalThis, EXTRAS)) return undefined;
  bring();
  const extras = ReflectGetOwnPropertyDescriptor(globalThis, EXTRAS)?.value;
  delete globalThis[EXTRAS];
  return extras;
}

/** For functions with `eval = false`, before their code runs. */
export function forbidEval() {
  const { Function, eval: refused } = import('./no_eval.js').replacements();
  ObjectDefineProperty(globalThis, 'Function', { __proto__: null, value: Function, writable: true, enumerable: false, configurable: true });
  ObjectDefineProperty(globalThis, 'eval', { __proto__: null, value: refused, writable: true, enumerable: false, configurable: true });
}
