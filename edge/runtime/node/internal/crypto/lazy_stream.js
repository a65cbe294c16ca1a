// Hashes, ciphers and signers are streams, and hardly ever used as such: Node's streams are loaded when one is.

import {
  ObjectCreate, ObjectDefineProperty, ObjectSetPrototypeOf, ReflectApply, ReflectDeleteProperty, ReflectGet, ReflectHas, SymbolAsyncIterator, SymbolFor,
} from '../../../bootstrap/primordials.js';

// What tells code that it has a stream, and what it then calls.
const ENTRANCES = [
  '_readableState', '_writableState', 'addListener', 'destroy', 'destroyed', 'emit', 'end', 'eventNames', 'listenerCount', 'listeners', 'off', 'on', 'once', 'pause', 'pipe',
  'prependListener', 'prependOnceListener', 'push', 'read', 'readable', 'readableEnded', 'removeAllListeners', 'removeListener', 'resume', 'setEncoding', 'setMaxListeners', 'unpipe',
  'writable', 'writableEnded', 'writableFinished', 'write', SymbolAsyncIterator, SymbolFor('nodejs.rejection'),
];

/**
 * Makes the instances of a class streams of `kind`, "Transform" or "Writable": an object between the class and its base
 * has a getter for each of the entrances.  The first one that is read puts the real prototype in their place.
 * `optionsOf` gives the options that an instance was made with, and null for whatever is none.
 */
export function lazyStream(Class, kind, optionsOf) {
  const between = ObjectCreate(null);
  for (let i = 0; i < ENTRANCES.length; i++) defineEntrance(between, ENTRANCES[i], kind, optionsOf);
  ObjectSetPrototypeOf(Class.prototype, between);
  return Class;
}

function defineEntrance(between, name, kind, optionsOf) {
  ObjectDefineProperty(between, name, {
    __proto__: null,
    configurable: true,
    get() {
      attach(between, kind, optionsOf);
      return ReflectGet(between, name, this);
    },
    set(value) {
      attach(between, kind, optionsOf);
      ObjectDefineProperty(this, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    },
  });
}

function attach(between, kind, optionsOf) {
  const Stream = import('../../stream.js').default[kind];
  for (let i = 0; i < ENTRANCES.length; i++) ReflectDeleteProperty(between, ENTRANCES[i]);
  ObjectSetPrototypeOf(between, Stream.prototype);
  defineState(between, '_events', Stream, optionsOf);
  defineState(between, '_readableState', Stream, optionsOf);
  defineState(between, '_writableState', Stream, optionsOf);
}

// The state of a stream is made when somebody looks for it.
function defineState(between, name, Stream, optionsOf) {
  if (name === '_readableState' && !ReflectHas(Stream.prototype, 'read')) return;
  const define = (target, value) => ObjectDefineProperty(target, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  ObjectDefineProperty(between, name, {
    __proto__: null,
    configurable: true,
    get() {
      // Prototypes are looked at, too.
      const options = optionsOf(this);
      if (options === null) return undefined;
      begin(this, Stream, options);
      return this[name];
    },
    set(value) {
      define(this, value);
    },
  });
}

function begin(stream, Stream, options) {
  const names = ['_events', '_readableState', '_writableState'];
  // Plain properties first: what the constructor of a stream looks at must not lead back here.
  for (let i = 0; i < names.length; i++) ObjectDefineProperty(stream, names[i], { __proto__: null, value: undefined, writable: true, enumerable: false, configurable: true });
  ReflectApply(Stream, stream, [options]);
}
