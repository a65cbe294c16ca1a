// What `edge test` gives to test files; describe, test, expect, the hooks and vi are globals there as well.

declare module "edge:test" {
  type Body<A extends any[] = [TestContext]> = (...args: A) => unknown;

  interface TestContext {
    name: string;
    skip(note?: string): never;
    onTestFinished(body: () => unknown): void;
  }

  interface TestOptions {
    /** Milliseconds. */
    timeout?: number;
    retry?: number;
    only?: boolean;
    skip?: boolean;
    todo?: boolean;
    fails?: boolean;
  }

  interface Say {
    (name: string | Function, body?: Body, options?: number | TestOptions): void;
    (name: string | Function, options: TestOptions, body?: Body): void;
    each(table: TemplateStringsArray, ...values: any[]): (name: string, body: (row: any) => unknown, timeout?: number) => void;
    each(table: Iterable<any>): (name: string, body: (...row: any[]) => unknown, timeout?: number) => void;
  }

  interface Modifiers extends Say {
    only: Say;
    skip: Say;
    todo: Say;
    skipIf(condition: unknown): Say;
    runIf(condition: unknown): Say;
  }

  interface Test extends Modifiers {
    fails: Say;
    failing: Say;
    concurrent: Test;
  }

  interface Matchers {
    not: Matchers;
    /** Of what a promise resolves with; await it. */
    resolves: Matchers;
    /** Of what a promise rejects with; await it. */
    rejects: Matchers;
    toBe(expected: unknown): any;
    toEqual(expected: unknown): any;
    toStrictEqual(expected: unknown): any;
    toMatchObject(expected: object): any;
    toMatch(expected: string | RegExp): any;
    toMatchInlineSnapshot(expected?: string): any;
    toContain(expected: unknown): any;
    toContainEqual(expected: unknown): any;
    toHaveLength(expected: number): any;
    toHaveProperty(path: string | (string | number)[], value?: unknown): any;
    toBeDefined(): any;
    toBeUndefined(): any;
    toBeNull(): any;
    toBeNaN(): any;
    toBeTruthy(): any;
    toBeFalsy(): any;
    toBeTypeOf(expected: string): any;
    toBeInstanceOf(expected: Function): any;
    toBeOneOf(expected: unknown[]): any;
    toBeGreaterThan(expected: number | bigint): any;
    toBeGreaterThanOrEqual(expected: number | bigint): any;
    toBeLessThan(expected: number | bigint): any;
    toBeLessThanOrEqual(expected: number | bigint): any;
    toBeCloseTo(expected: number, digits?: number): any;
    toThrow(expected?: string | RegExp | Error | Function): any;
    toThrowError(expected?: string | RegExp | Error | Function): any;
    toSatisfy(predicate: (value: any) => boolean): any;
    toHaveBeenCalled(): any;
    toHaveBeenCalledOnce(): any;
    toHaveBeenCalledTimes(count: number): any;
    toHaveBeenCalledWith(...args: unknown[]): any;
    toHaveBeenLastCalledWith(...args: unknown[]): any;
    toHaveBeenNthCalledWith(call: number, ...args: unknown[]): any;
    toHaveReturned(): any;
    toHaveReturnedWith(value: unknown): any;
    toHaveResolved(): any;
    toHaveResolvedWith(value: unknown): any;
    /** Chai's assertions, and those of `expect.extend`. */
    [name: string]: any;
  }

  interface Expect {
    (value: unknown, message?: string): Matchers;
    any(constructor: Function): any;
    anything(): any;
    arrayContaining(expected: unknown[]): any;
    objectContaining(expected: object): any;
    stringContaining(expected: string): any;
    stringMatching(expected: string | RegExp): any;
    closeTo(expected: number, digits?: number): any;
    not: { arrayContaining(expected: unknown[]): any; objectContaining(expected: object): any; stringContaining(expected: string): any; stringMatching(expected: string | RegExp): any };
    extend(matchers: Record<string, (this: any, received: any, ...expected: any[]) => any>): void;
    assertions(count: number): void;
    hasAssertions(): void;
    unreachable(message?: string): never;
  }

  interface Mock<F extends (...args: any[]) => any = (...args: any[]) => any> {
    (...args: Parameters<F>): ReturnType<F>;
    mock: { calls: Parameters<F>[]; results: { type: string; value: any }[]; instances: any[]; lastCall?: Parameters<F> };
    mockClear(): this;
    mockReset(): this;
    mockRestore(): void;
    mockName(name: string): this;
    mockImplementation(body: F): this;
    mockImplementationOnce(body: F): this;
    mockReturnValue(value: ReturnType<F>): this;
    mockReturnValueOnce(value: ReturnType<F>): this;
    mockResolvedValue(value: Awaited<ReturnType<F>>): this;
    mockResolvedValueOnce(value: Awaited<ReturnType<F>>): this;
    mockRejectedValue(error: unknown): this;
    mockRejectedValueOnce(error: unknown): this;
  }

  interface Vi {
    fn<F extends (...args: any[]) => any>(body?: F): Mock<F>;
    spyOn<T extends object, K extends keyof T>(object: T, name: K, access?: "get" | "set"): T[K] extends (...args: any[]) => any ? Mock<T[K]> : Mock;
    isMockFunction(value: unknown): value is Mock;
    mocked<T>(value: T): any;
    clearAllMocks(): Vi;
    resetAllMocks(): Vi;
    restoreAllMocks(): Vi;
    useFakeTimers(options?: { now?: number | Date; toFake?: string[] }): Vi;
    useRealTimers(): Vi;
    isFakeTimers(): boolean;
    advanceTimersByTime(ms: number): Vi;
    advanceTimersByTimeAsync(ms: number): Promise<Vi>;
    advanceTimersToNextTimer(): Vi;
    advanceTimersToNextTimerAsync(): Promise<Vi>;
    runAllTimers(): Vi;
    runAllTimersAsync(): Promise<Vi>;
    runOnlyPendingTimers(): Vi;
    runOnlyPendingTimersAsync(): Promise<Vi>;
    clearAllTimers(): Vi;
    getTimerCount(): number;
    setSystemTime(time: number | string | Date): Vi;
    getMockedSystemTime(): Date | null;
    getRealSystemTime(): number;
    stubGlobal(name: string, value: unknown): Vi;
    unstubAllGlobals(): Vi;
    stubEnv(name: string, value: string | undefined): Vi;
    unstubAllEnvs(): Vi;
    waitFor<T>(body: () => T | Promise<T>, options?: number | { timeout?: number; interval?: number }): Promise<T>;
    waitUntil<T>(body: () => T | Promise<T>, options?: number | { timeout?: number; interval?: number }): Promise<T>;
    setTimeout(ms: number): Vi;
  }

  /** The function under test, called by its contract in the isolate of the test. */
  interface App {
    /** A path is enough. Rejects with what the function throws; resolves when its waitUntil has ended, too. */
    fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
    /** Run it as its schedule would. */
    scheduled(run?: { cron?: string; scheduledTime?: number | Date }): Promise<Response>;
  }

  interface TestExecutionContext extends ExecutionContext {}

  export const app: App;
  /** `env` as handlers get it. */
  export const env: any;
  export const describe: Modifiers;
  export const suite: Modifiers;
  export const test: Test;
  export const it: Test;
  export function beforeAll(body: Body, timeout?: number): void;
  export function beforeEach(body: Body, timeout?: number): void;
  export function afterAll(body: Body, timeout?: number): void;
  export function afterEach(body: Body, timeout?: number): void;
  export function onTestFinished(body: () => unknown): void;
  export const expect: Expect;
  export const assert: any;
  export const vi: Vi;
  export const fn: Vi["fn"];
  export const spyOn: Vi["spyOn"];
  /** `ctx` for handlers that a test calls itself. */
  export function createExecutionContext(): TestExecutionContext;
  /** Until all that was given to its `waitUntil` has settled. */
  export function waitOnExecutionContext(ctx: TestExecutionContext): Promise<void>;
}
