// EventSource: https://html.spec.whatwg.org/multipage/server-sent-events.html

interface EventSourceInit {
  withCredentials?: boolean;
}

interface EventSource extends EventTarget {
  readonly url: string;
  readonly withCredentials: boolean;
  readonly readyState: number;
  onopen: ((this: EventSource, event: Event) => any) | null;
  onmessage: ((this: EventSource, event: MessageEvent) => any) | null;
  onerror: ((this: EventSource, event: Event) => any) | null;
  close(): void;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
}
declare var EventSource: {
  prototype: EventSource;
  new (url: string | URL, init?: EventSourceInit): EventSource;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSED: 2;
};
