// The entries of an invocation, and the observers that wait for more.  https://w3c.github.io/performance-timeline/

import { ArrayPrototypePush, ArrayPrototypeSort, SafeArray, SafeArrayPush, SafeSet, SetPrototypeForEach } from '../bootstrap/primordials.js';
import { invocationLocal } from '../bootstrap/invocation_local.js';
import { queueTask } from '../bootstrap/tasks.js';
import { entryFields } from './entry.js';

const MAX_ENTRIES = 10000; // of one invocation; further ones are only told to observers

const timelineOf = invocationLocal(() => ({ __proto__: null, entries: new SafeArray(), observers: new SafeSet(), lastId: 0, taskIsQueued: false }));

const sorted = (entries) => ArrayPrototypeSort(entries, (a, b) => entryFields(a).startTime - entryFields(b).startTime);

/** Those of `entries` that match, in the order of time. */
export function filterEntries(entries, name, type) {
  const found = [];
  for (let i = 0; i < entries.length; i++) {
    const fields = entryFields(entries[i]);
    if ((name === undefined || fields.name === name) && (type === undefined || fields.entryType === type)) ArrayPrototypePush(found, entries[i]);
  }
  return sorted(found);
}

export function timelineEntries(name, type) {
  return filterEntries(timelineOf().entries, name, type);
}

/** The mark of a name that was made last. */
export function lastMark(name) {
  const { entries } = timelineOf();
  for (let i = entries.length - 1; i >= 0; i--) {
    const fields = entryFields(entries[i]);
    if (fields.entryType === 'mark' && fields.name === name) return entries[i];
  }
  return undefined;
}

/** https://w3c.github.io/performance-timeline/#queue-a-performanceentry */
export function queueEntry(entry) {
  const timeline = timelineOf();
  timeline.lastId += 1;
  entryFields(entry).id = timeline.lastId;
  SetPrototypeForEach(timeline.observers, (observer) => observer.take(entry));
  if (timeline.entries.length < MAX_ENTRIES) SafeArrayPush(timeline.entries, entry);
  queueObserverTask();
}

/** An entry for observers alone: those of functions are not kept. */
export function tellObservers(entry) {
  const timeline = timelineOf();
  if (timeline.observers.size === 0) return;
  SetPrototypeForEach(timeline.observers, (observer) => observer.take(entry));
  queueObserverTask();
}

export function clearEntries(type, name) {
  const timeline = timelineOf();
  const kept = new SafeArray();
  for (let i = 0; i < timeline.entries.length; i++) {
    const fields = entryFields(timeline.entries[i]);
    if (fields.entryType !== type || (name !== undefined && fields.name !== name)) SafeArrayPush(kept, timeline.entries[i]);
  }
  timeline.entries = kept;
}

/** From now on `observer.take(entry)` gets each entry, and `observer.tell()` is a task when there was one. */
export function register(observer) {
  timelineOf().observers.add(observer);
}

export function unregister(observer) {
  timelineOf().observers.delete(observer);
}

/** https://w3c.github.io/performance-timeline/#queue-the-performanceobserver-task */
export function queueObserverTask() {
  const timeline = timelineOf();
  if (timeline.taskIsQueued || timeline.observers.size === 0) return;
  timeline.taskIsQueued = true;
  queueTask(() => {
    timeline.taskIsQueued = false;
    const waiting = [];
    SetPrototypeForEach(timeline.observers, (observer) => ArrayPrototypePush(waiting, observer));
    for (let i = 0; i < waiting.length; i++) waiting[i].tell();
  });
}
