// The globals of the timeline, made when one of them is read.

import { PerformanceEntry } from './entry.js';
import { PerformanceObserver, PerformanceObserverEntryList } from './observer.js';
import { PerformanceMark, PerformanceMeasure } from './user_timing.js';

export const globals = { PerformanceEntry, PerformanceMark, PerformanceMeasure, PerformanceObserver, PerformanceObserverEntryList };
