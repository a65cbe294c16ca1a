// The syntax of service workers: `addEventListener("fetch", (event) => event.respondWith(...))`.

interface ExtendableEvent extends Event {
  waitUntil(promise: Promise<any>): void;
}
declare var ExtendableEvent: {
  prototype: ExtendableEvent;
  new (type: string, init?: EventInit): ExtendableEvent;
};

interface FetchEventInit extends EventInit {
  request: Request;
}

interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  passThroughOnException(): void;
  /** Before the listener's first await; the response may be a promise. */
  respondWith(response: Response | Promise<Response>): void;
}
declare var FetchEvent: {
  prototype: FetchEvent;
  new (type: string, init: FetchEventInit): FetchEvent;
};

interface ScheduledEventInit extends EventInit {
  cron?: string;
  scheduledTime?: number;
}

interface ScheduledEvent extends ExtendableEvent {
  readonly cron: string;
  readonly scheduledTime: number;
}
declare var ScheduledEvent: {
  prototype: ScheduledEvent;
  new (type: string, init?: ScheduledEventInit): ScheduledEvent;
};
