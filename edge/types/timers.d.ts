// Timers.  They have steps of 1 ms, end with the invocation, and their handles are Node's.

interface Timeout {
  close(): this;
  hasRef(): boolean;
  ref(): this;
  refresh(): this;
  unref(): this;
  [Symbol.dispose](): void;
  [Symbol.toPrimitive](): number;
}

interface Immediate {
  hasRef(): boolean;
  ref(): this;
  unref(): this;
  [Symbol.dispose](): void;
}

declare function setTimeout<A extends any[]>(callback: (...args: A) => void, milliseconds?: number, ...args: A): Timeout;
declare function setTimeout(callback: (_: void) => void, milliseconds?: number): Timeout;
declare function setInterval<A extends any[]>(callback: (...args: A) => void, milliseconds?: number, ...args: A): Timeout;
declare function setInterval(callback: (_: void) => void, milliseconds?: number): Timeout;
declare function setImmediate<A extends any[]>(callback: (...args: A) => void, ...args: A): Immediate;
declare function setImmediate(callback: (_: void) => void): Immediate;
declare function clearTimeout(handle?: Timeout | number | string | null): void;
declare function clearInterval(handle?: Timeout | number | string | null): void;
declare function clearImmediate(handle?: Immediate | null): void;
declare function queueMicrotask(callback: () => void): void;

/** Resolves after so many milliseconds. */
declare function sleep(milliseconds: number): Promise<void>;
