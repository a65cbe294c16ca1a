// Marks and measures: https://w3c.github.io/user-timing/

import { Number, NumberIsFinite, ObjectDefineProperty, TypeError } from '../bootstrap/primordials.js';
import { sinceOrigin } from '../bootstrap/time_origin.js';
import { DOMException } from '../events/index.js';
import { globals as cloning } from '../structured_clone/index.js';
import { defineInterface, isObject, requireArguments, toDictionary, toDOMString } from '../webidl/index.js';
import { PerformanceEntry, TOKEN, entryFields } from './entry.js';
import { clearEntries, lastMark, queueEntry } from './timeline.js';

const { structuredClone } = cloning;

function toTime(value, what) {
  const time = Number(value);
  if (!NumberIsFinite(time)) throw new TypeError(`${what} is not a finite number.`);
  return time;
}

const optional = (value, convert) => (value === undefined ? undefined : convert(value));
const toDetail = (value) => (value === undefined || value === null ? null : structuredClone(value));

function notNegative(time, what) {
  if (time < 0) throw new TypeError(`${what} is ${time}, but times are not negative.`);
  return time;
}

export class PerformanceMark extends PerformanceEntry {
  constructor(markName, markOptions = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'PerformanceMark'");
    const name = toDOMString(markName);
    const { detail, startTime } = toDictionary(markOptions, 'The mark options');
    const given = optional(startTime, (value) => toTime(value, 'startTime'));
    const time = given === undefined ? sinceOrigin() : notNegative(given, 'startTime');
    super(TOKEN, { __proto__: null, name, entryType: 'mark', startTime: time, duration: 0, detail: toDetail(detail) });
  }

  get detail() { return entryFields(this).detail; }
}
defineInterface(PerformanceMark, 'PerformanceMark');

export class PerformanceMeasure extends PerformanceEntry {
  get detail() { return entryFields(this).detail; }
}
defineInterface(PerformanceMeasure, 'PerformanceMeasure');
ObjectDefineProperty(PerformanceMeasure, 'length', { __proto__: null, value: 0, configurable: true });

/** https://w3c.github.io/user-timing/#mark-method */
export function mark(given) {
  requireArguments(given.length, 1, 'Performance.mark');
  const entry = new PerformanceMark(given[0], given[1]);
  queueEntry(entry);
  return entry;
}

const toPoint = (value) => (typeof value === 'number' ? toTime(value, 'The time') : toDOMString(value));

// Members are read in the order of their names.
function toMeasureOptions(value) {
  const { detail, duration, end, start } = toDictionary(value, 'The measure options');
  return {
    __proto__: null,
    detail,
    duration: optional(duration, (time) => toTime(time, 'duration')),
    end: optional(end, toPoint),
    start: optional(start, toPoint),
  };
}

function checkOptions({ detail, duration, end, start }, endMark) {
  if (detail === undefined && duration === undefined && end === undefined && start === undefined) return;
  if (endMark !== undefined) throw new TypeError('Performance.measure: an end mark cannot be given beside options.');
  if (start === undefined && end === undefined) throw new TypeError('Performance.measure: the options have neither start nor end.');
  if (start !== undefined && end !== undefined && duration !== undefined) {
    throw new TypeError('Performance.measure: the options have start, end and duration; one of them is too much.');
  }
}

/** https://w3c.github.io/user-timing/#convert-a-mark-to-a-timestamp */
function timeOf(point) {
  if (typeof point === 'number') return notNegative(point, 'A time of a measure');
  const found = lastMark(point);
  if (found === undefined) throw new DOMException(`The mark '${point}' does not exist.`, 'SyntaxError');
  return entryFields(found).startTime;
}

function endOf({ duration, end, start }, endMark) {
  if (endMark !== undefined) return timeOf(endMark);
  if (end !== undefined) return timeOf(end);
  return start !== undefined && duration !== undefined ? timeOf(start) + notNegative(duration, 'duration') : sinceOrigin();
}

function startOf({ duration, end, start }) {
  if (start !== undefined) return timeOf(start);
  return duration !== undefined && end !== undefined ? timeOf(end) - notNegative(duration, 'duration') : 0;
}

/** https://w3c.github.io/user-timing/#measure-method */
export function measure(given) {
  requireArguments(given.length, 1, 'Performance.measure');
  const name = toDOMString(given[0]);
  const isDictionary = given[1] === undefined || given[1] === null || isObject(given[1]);
  const options = toMeasureOptions(isDictionary ? given[1] : { __proto__: null, start: toDOMString(given[1]) });
  const endMark = optional(given[2], toDOMString);
  if (isDictionary) checkOptions(options, endMark);
  const end = endOf(options, endMark);
  const startTime = startOf(options);
  const entry = new PerformanceMeasure(TOKEN, {
    __proto__: null, name, entryType: 'measure', startTime, duration: end - startTime, detail: toDetail(options.detail),
  });
  queueEntry(entry);
  return entry;
}

/** Drop marks or measures: those of a name, or all. */
export function clear(entryType, given) {
  clearEntries(entryType, optional(given[0], toDOMString));
}
