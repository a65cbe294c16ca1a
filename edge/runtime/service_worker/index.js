// The service worker syntax of Workers: events instead of a default export.

import { ExtendableEvent } from './extendable_event.js';
import { FetchEvent } from './fetch_event.js';
import { ScheduledEvent } from './scheduled_event.js';

export const globals = { ExtendableEvent, FetchEvent, ScheduledEvent };
