// The one file that writes to globalThis.

import { ObjectDefineProperty, ReflectGetOwnPropertyDescriptor, ReflectOwnKeys } from './primordials.js';
import { impure } from './state.js';
import { globals as abort } from '../abort/index.js';
import { globals as base64 } from '../base64/index.js';
import { globals as blob } from '../blob/index.js';
import { globals as clock, mathRandom } from '../clock/index.js';
import { globals as console } from '../console/index.js';
import { globals as crypto } from '../crypto/index.js';
import { globals as encoding } from '../encoding/index.js';
import { globals as events } from '../events/index.js';
import { globals as fetch } from '../fetch/index.js';
import { globals as formdata } from '../formdata/index.js';
import { globals as kv } from '../kv/index.js';
import { globals as node } from '../node/globals.js';
import { globals as performance } from '../performance/index.js';
import { globals as streams } from '../streams/index.js';
import { globals as structuredClone } from '../structured_clone/index.js';
import { globals as timers } from '../timers/index.js';
import { globals as url } from '../url/index.js';

const ALL = [abort, base64, blob, clock, console, crypto, encoding, events, fetch, formdata, kv, node, performance, streams, structuredClone, timers, url];

// V8 creates these only when an isolate starts, or cannot serialise what they make: [owner, name].
const NOT_IN_SNAPSHOTS = [
  ['', 'WebAssembly'], ['', 'SharedArrayBuffer'], ['', 'Temporal'], ['', 'Intl'], ['', 'FinalizationRegistry'], ['', 'WeakRef'],
  ['', 'Float16Array'], ['', 'SuppressedError'], ['', 'DisposableStack'], ['', 'AsyncDisposableStack'],
  ['Promise', 'try'], ['RegExp', 'escape'], ['Error', 'isError'], ['Math', 'f16round'], ['Atomics', 'pause'],
  ['Date.prototype', 'toTemporalInstant'], ['DataView.prototype', 'getFloat16'], ['DataView.prototype', 'setFloat16'],
  ['Uint8Array', 'fromBase64'], ['Uint8Array', 'fromHex'], ['Uint8Array.prototype', 'toBase64'], ['Uint8Array.prototype', 'toHex'],
  ['Uint8Array.prototype', 'setFromBase64'], ['Uint8Array.prototype', 'setFromHex'],
];

function define(name, descriptor) {
  ObjectDefineProperty(globalThis, name, { __proto__: null, enumerable: false, configurable: true, ...descriptor });
}

/** Install every global of the runtime. A property with a getter is lazy: the first read makes it a plain value. */
export function installGlobals() {
  for (const group of ALL) {
    for (const name of ReflectOwnKeys(group)) {
      const descriptor = ReflectGetOwnPropertyDescriptor(group, name);
      if (descriptor.get) defineLazy(name, descriptor.get);
      else define(name, { value: descriptor.value, writable: true });
    }
  }
  ObjectDefineProperty(Math, 'random', { __proto__: null, value: mathRandom, writable: true, enumerable: false, configurable: true });
  define('self', { value: globalThis, writable: true });
  define('global', { value: globalThis, writable: true });
}

function defineLazy(name, make) {
  define(name, {
    get() {
      const value = make.call(undefined);
      define(name, { value, writable: true });
      return value;
    },
    set(value) {
      define(name, { value, writable: true, enumerable: true });
    },
  });
}

function ownerOf(path) {
  if (path === '') return globalThis;
  const [name, prototype] = path.split('.');
  return prototype ? globalThis[name].prototype : globalThis[name];
}

function trap(owner, name, value) {
  ObjectDefineProperty(owner, name, {
    __proto__: null,
    configurable: true,
    enumerable: false,
    get() {
      impure(`${name}, which is not there while a snapshot is built`);
      return value;
    },
    set(replacement) {
      impure(`${name}, which is not there while a snapshot is built`);
      ObjectDefineProperty(owner, name, { __proto__: null, value: replacement, writable: true, enumerable: false, configurable: true });
    },
  });
}

/** While a package is built: reading what a snapshot cannot hold is noticed. Returns the undo. */
export function watchUnsnapshotable() {
  const saved = NOT_IN_SNAPSHOTS.map(([path, name]) => {
    const owner = ownerOf(path);
    return { owner, name, descriptor: ReflectGetOwnPropertyDescriptor(owner, name) };
  });
  for (const { owner, name, descriptor } of saved) trap(owner, name, descriptor?.value);
  return () => {
    for (const { owner, name, descriptor } of saved) {
      delete owner[name];
      if (descriptor) ObjectDefineProperty(owner, name, { __proto__: null, ...descriptor });
    }
  };
}

const ENTRY = '__edge';

export function exposeEntry(entry) {
  define(ENTRY, { value: entry, writable: false });
}

export function hideEntry() {
  delete globalThis[ENTRY];
}
