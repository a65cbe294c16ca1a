// The global object as an event target, and what it is told of errors.
// https://html.spec.whatwg.org/multipage/webappapis.html#runtime-script-errors

import { ReflectApply, RegExpPrototypeExec } from '../bootstrap/primordials.js';
import { describe } from '../bootstrap/failures.js';
import { addHearer } from '../bootstrap/hearers.js';
import { ErrorEvent, errorArguments } from './error_event.js';
import { trusted } from './event.js';
import { dispatch, isHeardGlobally, methods } from './event_target.js';
import { cancel, readHandler, setHandler } from './handler_attribute.js';
import { PromiseRejectionEvent } from './promise_rejection_event.js';
import { reportException } from './report.js';
import { nameFunctions, requireArguments } from '../webidl/index.js';

const PLACE = /\(?([^\s()]+):(\d+):(\d+)\)?(?:\n|$)/;
const handlers = { __proto__: null };

function errorEvent(error) {
  const { name, message, stack } = describe(error);
  const place = RegExpPrototypeExec(PLACE, stack);
  const init = { __proto__: null, cancelable: true, error, message: `Uncaught ${name}: ${message}` };
  if (place !== null) {
    init.filename = place[1];
    init.lineno = place[2];
    init.colno = place[3];
  }
  return new ErrorEvent('error', init);
}

function hear(kind, value, promise) {
  if (!isHeardGlobally(kind)) return false;
  const cancelable = kind === 'unhandledrejection';
  const event = kind === 'error' ? errorEvent(value) : new PromiseRejectionEvent(kind, { __proto__: null, promise, reason: value, cancelable });
  return !dispatch(globalThis, trusted(event));
}

// https://html.spec.whatwg.org/multipage/webappapis.html#the-event-handler-processing-algorithm
function callErrorHandler(callback, target, event) {
  const given = errorArguments(event);
  if (ReflectApply(callback, target, given ?? [event]) === (given !== null)) cancel(event);
}

/** The handler attribute of the global object for events of a type, null without one. */
export function globalHandler(type) {
  return readHandler(handlers, type);
}

export function setGlobalHandler(type, value) {
  setHandler(globalThis, handlers, type, value, type === 'error' ? callErrorHandler : undefined);
}

/** https://html.spec.whatwg.org/multipage/webappapis.html#dom-reporterror */
function reportError(error) {
  requireArguments(arguments.length, 1, 'reportError');
  reportException(error);
}

addHearer(hear);

export const globals = { ...methods, ...nameFunctions({ reportError }) };
