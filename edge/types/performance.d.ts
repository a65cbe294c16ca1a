// Time: https://w3c.github.io/hr-time/, https://w3c.github.io/user-timing/

type DOMHighResTimeStamp = number;

interface PerformanceEntry {
  readonly duration: DOMHighResTimeStamp;
  readonly entryType: string;
  readonly id: number;
  readonly name: string;
  readonly navigationId: number;
  readonly startTime: DOMHighResTimeStamp;
  toJSON(): any;
}
declare var PerformanceEntry: {
  prototype: PerformanceEntry;
};

interface PerformanceMarkOptions {
  detail?: any;
  startTime?: DOMHighResTimeStamp;
}

interface PerformanceMark extends PerformanceEntry {
  readonly detail: any;
}
declare var PerformanceMark: {
  prototype: PerformanceMark;
  new (name: string, options?: PerformanceMarkOptions): PerformanceMark;
};

interface PerformanceMeasureOptions {
  detail?: any;
  duration?: DOMHighResTimeStamp;
  end?: string | DOMHighResTimeStamp;
  start?: string | DOMHighResTimeStamp;
}

interface PerformanceMeasure extends PerformanceEntry {
  readonly detail: any;
}
declare var PerformanceMeasure: {
  prototype: PerformanceMeasure;
};

type PerformanceEntryList = PerformanceEntry[];

interface PerformanceObserverEntryList {
  getEntries(): PerformanceEntryList;
  getEntriesByName(name: string, type?: string): PerformanceEntryList;
  getEntriesByType(type: string): PerformanceEntryList;
}
declare var PerformanceObserverEntryList: {
  prototype: PerformanceObserverEntryList;
};

interface PerformanceObserverInit {
  buffered?: boolean;
  entryTypes?: string[];
  type?: string;
}

interface PerformanceObserver {
  disconnect(): void;
  observe(options?: PerformanceObserverInit): void;
  takeRecords(): PerformanceEntryList;
}
declare var PerformanceObserver: {
  prototype: PerformanceObserver;
  readonly supportedEntryTypes: readonly string[];
  new (callback: (entries: PerformanceObserverEntryList, observer: PerformanceObserver, options: { droppedEntriesCount?: number }) => void): PerformanceObserver;
};

interface Performance extends EventTarget {
  readonly timeOrigin: DOMHighResTimeStamp;
  /** Whole milliseconds: finer steps would make it a tool for timing attacks. */
  now(): DOMHighResTimeStamp;
  toJSON(): any;
  clearMarks(name?: string): void;
  clearMeasures(name?: string): void;
  getEntries(): PerformanceEntry[];
  getEntriesByName(name: string, type?: string): PerformanceEntry[];
  getEntriesByType(type: string): PerformanceEntry[];
  mark(name: string, options?: PerformanceMarkOptions): PerformanceMark;
  measure(name: string, startOrOptions?: string | PerformanceMeasureOptions, endMark?: string): PerformanceMeasure;
}
declare var Performance: {
  prototype: Performance;
};
declare var performance: Performance;
