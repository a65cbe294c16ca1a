// The global object itself.

interface Navigator {
  readonly userAgent: string;
  readonly hardwareConcurrency: number;
  readonly language: string;
  readonly languages: readonly string[];
}
declare var Navigator: {
  prototype: Navigator;
};
declare var navigator: Navigator;

declare var self: typeof globalThis;
declare var global: typeof globalThis;

declare var onerror: ((event: Event | string, source?: string, lineno?: number, colno?: number, error?: any) => any) | null;
declare var onunhandledrejection: ((event: PromiseRejectionEvent) => any) | null;
declare var onrejectionhandled: ((event: PromiseRejectionEvent) => any) | null;

interface GlobalEventMap {
  error: ErrorEvent;
  fetch: FetchEvent;
  rejectionhandled: PromiseRejectionEvent;
  scheduled: ScheduledEvent;
  unhandledrejection: PromiseRejectionEvent;
}

declare function addEventListener<K extends keyof GlobalEventMap>(type: K, listener: EventListenerOrEventListenerObject<GlobalEventMap[K]> | null, options?: AddEventListenerOptions | boolean): void;
declare function addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: AddEventListenerOptions | boolean): void;
declare function removeEventListener<K extends keyof GlobalEventMap>(type: K, listener: EventListenerOrEventListenerObject<GlobalEventMap[K]> | null, options?: EventListenerOptions | boolean): void;
declare function removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: EventListenerOptions | boolean): void;
declare function dispatchEvent(event: Event): boolean;

declare function reportError(error: any): void;
declare function atob(data: string): string;
declare function btoa(data: string): string;
declare function structuredClone<T = any>(value: T, options?: StructuredSerializeOptions): T;

interface ImportMeta {
  /** file:///app/..., where the package is. */
  readonly url: string;
  readonly filename: string;
  readonly dirname: string;
  /** Whether this is the module that the function starts with. */
  readonly main: boolean;
  resolve(specifier: string): string;
}
