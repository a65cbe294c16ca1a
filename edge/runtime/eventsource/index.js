// EventSource: https://html.spec.whatwg.org/multipage/server-sent-events.html

import { EventSource } from './event_source.js';

export const globals = { EventSource };
