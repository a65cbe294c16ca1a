// Classes that become streams once somebody has loaded Node's streams: until then their instances are event emitters, which
// costs a function that never reads a stream nothing.

import { ObjectDefineProperty, ObjectSetPrototypeOf, ReflectApply, ReflectDeleteProperty, ReflectGet, SafeArrayPush, SymbolAsyncIterator } from '../../../bootstrap/primordials.js';

// What tells code that it has a readable stream, and what it then calls.
const ENTRANCES = [
  '_readableState', '_undestroy', 'asIndexedPairs', 'closed', 'compose', 'destroy', 'destroyed', 'drop', 'errored', 'every', 'filter', 'find', 'flatMap', 'forEach', 'isPaused', 'iterator', 'map',
  'pause', 'pipe', 'push', 'read', 'readable', 'readableAborted', 'readableDidRead', 'readableEnded', 'readableEncoding', 'readableFlowing', 'readableHighWaterMark', 'readableLength', 'readableObjectMode',
  'reduce', 'resume', 'setEncoding', 'some', 'take', 'toArray', 'unpipe', 'unshift', 'wrap', SymbolAsyncIterator,
];

let waiting = null;
let loaded = null;

/** Node's streams are there: what waits for them becomes what it is said to be. */
export function streamsLoaded(Stream) {
  loaded = Stream;
  const list = waiting ?? [];
  waiting = null;
  for (let i = 0; i < list.length; i++) list[i](Stream);
}

const loadStreams = () => loaded ?? import('../../stream.js').default;

/**
 * Makes the instances of `Class`, an event emitter, readable streams: its prototype has a getter for each entrance, the first
 * of which loads the streams.  `begin(instance)` gives the options of an instance's stream, null for what is no instance.
 */
export function lateReadable(Class, optionsOf) {
  const { prototype } = Class;
  const attach = (Stream) => becomeReadable(Class, Stream.Readable, optionsOf);
  if (loaded !== null) {
    attach(loaded);
    return;
  }
  waiting ??= [];
  SafeArrayPush(waiting, attach);
  for (let i = 0; i < ENTRANCES.length; i++) defineEntrance(prototype, ENTRANCES[i]);
}

function defineEntrance(prototype, name) {
  ObjectDefineProperty(prototype, name, {
    __proto__: null,
    configurable: true,
    get() {
      loadStreams();
      return ReflectGet(prototype, name, this);
    },
    set(value) {
      loadStreams();
      this[name] = value;
    },
  });
}

function becomeReadable(Class, Readable, optionsOf) {
  const { prototype } = Class;
  for (let i = 0; i < ENTRANCES.length; i++) ReflectDeleteProperty(prototype, ENTRANCES[i]);
  ObjectSetPrototypeOf(prototype, Readable.prototype);
  ObjectSetPrototypeOf(Class, Readable);
  ObjectDefineProperty(prototype, '_readableState', {
    __proto__: null,
    configurable: true,
    get() {
      // Prototypes are looked at, too.
      const options = optionsOf(this);
      if (options === null) return undefined;
      ObjectDefineProperty(this, '_readableState', { __proto__: null, value: undefined, writable: true, enumerable: true, configurable: true });
      ReflectApply(Readable, this, [options]);
      return this._readableState;
    },
    set(value) {
      ObjectDefineProperty(this, '_readableState', { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    },
  });
}
