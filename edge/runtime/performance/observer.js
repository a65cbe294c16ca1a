// PerformanceObserver: https://w3c.github.io/performance-timeline/#the-performanceobserver-interface

import {
  ArrayPrototypeIncludes, ArrayPrototypePush, ObjectFreeze, ReflectApply, SafeSet, SymbolIterator, TypeError,
} from '../bootstrap/primordials.js';
import { DOMException, reportException } from '../events/index.js';
import { defineInterface, illegalConstructor, isObject, requireArguments, toDictionary, toDOMString } from '../webidl/index.js';
import { TOKEN, entryFields } from './entry.js';
import { filterEntries, queueObserverTask, register, timelineEntries, unregister } from './timeline.js';

const SUPPORTED = ObjectFreeze(['function', 'mark', 'measure']);

export class PerformanceObserverEntryList {
  #entries;

  constructor(token = undefined, entries = undefined) {
    if (token !== TOKEN) illegalConstructor();
    this.#entries = entries;
  }

  getEntries() { return filterEntries(this.#entries); }

  getEntriesByType(type) {
    const entries = this.#entries;
    requireArguments(arguments.length, 1, 'PerformanceObserverEntryList.getEntriesByType');
    return filterEntries(entries, undefined, toDOMString(type));
  }

  getEntriesByName(name, type = undefined) {
    const entries = this.#entries;
    requireArguments(arguments.length, 1, 'PerformanceObserverEntryList.getEntriesByName');
    return filterEntries(entries, toDOMString(name), type === undefined ? undefined : toDOMString(type));
  }
}
defineInterface(PerformanceObserverEntryList, 'PerformanceObserverEntryList');

function toTypes(value) {
  if (!isObject(value) || typeof value[SymbolIterator] !== 'function') throw new TypeError('PerformanceObserver.observe: entryTypes is not a sequence.');
  const types = [];
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
  for (const type of value) ArrayPrototypePush(types, toDOMString(type));
  return types;
}

const isSupported = (type) => ArrayPrototypeIncludes(SUPPORTED, type);

/** What the timeline knows of an observer. */
class Observation {
  types = new SafeSet();
  isSingle = undefined; // observe({type}) and observe({entryTypes}) do not mix
  wantsDropped = true;
  #entries = [];
  #callback;
  #observer;

  constructor(callback, observer) {
    this.#callback = callback;
    this.#observer = observer;
  }

  take(entry) {
    if (this.types.has(entryFields(entry).entryType)) ArrayPrototypePush(this.#entries, entry);
  }

  takeAll() {
    const entries = this.#entries;
    this.#entries = [];
    return entries;
  }

  tell() {
    const entries = this.takeAll();
    if (entries.length === 0) return;
    // Nothing is ever dropped: there are no entries of the host's making.
    const options = this.wantsDropped ? { droppedEntriesCount: 0 } : {};
    this.wantsDropped = false;
    try {
      ReflectApply(this.#callback, this.#observer, [new PerformanceObserverEntryList(TOKEN, entries), this.#observer, options]);
    } catch (error) {
      reportException(error);
    }
  }
}

export class PerformanceObserver {
  #observation;

  constructor(callback) {
    requireArguments(arguments.length, 1, "Failed to construct 'PerformanceObserver'");
    if (typeof callback !== 'function') throw new TypeError('PerformanceObserver: the callback is not a function.');
    this.#observation = new Observation(callback, this);
  }

  static get supportedEntryTypes() { return SUPPORTED; }

  observe(options = undefined) {
    const observation = this.#observation;
    const { buffered, entryTypes, type } = toDictionary(options, 'The observer options');
    const types = entryTypes === undefined ? undefined : toTypes(entryTypes);
    const single = type === undefined ? undefined : toDOMString(type);
    if (types === undefined && single === undefined) throw new TypeError('PerformanceObserver.observe: neither type nor entryTypes is given.');
    if (types !== undefined && (single !== undefined || buffered !== undefined)) {
      throw new TypeError('PerformanceObserver.observe: entryTypes stands alone.');
    }
    if (observation.isSingle === (types !== undefined)) {
      throw new DOMException('observe() was called with type and with entryTypes; an observer takes one kind only.', 'InvalidModificationError');
    }
    observation.isSingle = types === undefined;
    observation.wantsDropped = true;
    if (types === undefined) observeOne(observation, single, !!buffered);
    else observeMany(observation, types);
  }

  disconnect() {
    this.#observation.takeAll();
    this.#observation.types.clear();
    unregister(this.#observation);
  }

  takeRecords() { return filterEntries(this.#observation.takeAll()); }
}
defineInterface(PerformanceObserver, 'PerformanceObserver');

function observeMany(observation, types) {
  const supported = new SafeSet();
  for (let i = 0; i < types.length; i++) if (isSupported(types[i])) supported.add(types[i]);
  if (supported.size === 0) return;
  observation.types = supported;
  register(observation);
}

function observeOne(observation, type, buffered) {
  if (!isSupported(type)) return;
  observation.types.add(type);
  register(observation);
  if (!buffered) return;
  const earlier = timelineEntries(undefined, type);
  for (let i = 0; i < earlier.length; i++) observation.take(earlier[i]);
  queueObserverTask();
}
