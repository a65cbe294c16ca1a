// Events, DOMException and the reporting of exceptions.

import { DOMException } from './dom_exception.js';
import { CustomEvent, Event } from './event.js';
import { EventTarget } from './event_target.js';
import { queueMicrotask } from './report.js';
import { inheritGlobally } from '../bootstrap/globals.js';
import { nameFunctions } from '../webidl/index.js';

export { DOMException } from './dom_exception.js';
export { CustomEvent, Event, eventState, trusted, trustedEvent } from './event.js';
export { EventTarget, dispatch } from './event_target.js';
export { handlerAttribute } from './handler_attribute.js';
export { queueMicrotask, reportException } from './report.js';

nameFunctions({ queueMicrotask });

// As https://html.spec.whatwg.org/multipage/workers.html#the-workerglobalscope-common-interface has it, which inherits from it.
inheritGlobally(EventTarget.prototype);

export const globals = { CustomEvent, DOMException, Event, EventTarget, queueMicrotask };
