// ErrorEvent: https://html.spec.whatwg.org/multipage/webappapis.html#the-errorevent-interface

import { Event } from './event.js';
import { defineInterface, requireArguments, toDictionary, toDOMString, toInteger, toUSVString } from '../webidl/index.js';

const UNSIGNED_LONG = 2 ** 32;

let argumentsOf;

export class ErrorEvent extends Event {
  #message;
  #filename;
  #lineno;
  #colno;
  #error;

  static {
    argumentsOf = (event) => (#error in event ? [event.#message, event.#filename, event.#lineno, event.#colno, event.#error] : null);
  }

  constructor(type, init = undefined) {
    requireArguments(arguments.length, 1, "Failed to construct 'ErrorEvent'");
    super(type, init);
    // In the order of Web IDL: by name.
    const { colno, error, filename, lineno, message } = toDictionary(init, 'The event init');
    this.#colno = colno === undefined ? 0 : toInteger(colno, UNSIGNED_LONG, false);
    this.#error = error;
    this.#filename = filename === undefined ? '' : toUSVString(filename);
    this.#lineno = lineno === undefined ? 0 : toInteger(lineno, UNSIGNED_LONG, false);
    this.#message = message === undefined ? '' : toDOMString(message);
  }

  get message() { return this.#message; }
  get filename() { return this.#filename; }
  get lineno() { return this.#lineno; }
  get colno() { return this.#colno; }
  get error() { return this.#error; }
}
defineInterface(ErrorEvent, 'ErrorEvent');

/** What `onerror` is called with for an ErrorEvent; null for another event. */
export function errorArguments(event) {
  return argumentsOf(event);
}

export const globals = { ErrorEvent };
