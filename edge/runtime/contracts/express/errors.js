// Errors that say with which status a request is answered.

import { Error, RegExpPrototypeSymbolReplace } from '../../bootstrap/primordials.js';
import { reasonPhrase } from '../../http/statuses.js';

const OUTSIDE_NAMES = /[^A-Za-z]/g;

/** The same, named as the package http-errors names it: NotFoundError. */
export function namedError(status) {
  const phrase = reasonPhrase(status);
  const error = httpError(status, phrase);
  error.name = `${RegExpPrototypeSymbolReplace(OUTSIDE_NAMES, phrase, '')}Error`;
  return error;
}

/** An error that is answered with `status` when nothing handles it. */
export function httpError(status, message) {
  const error = new Error(message);
  error.status = error.statusCode = status;
  error.expose = status < 500;
  return error;
}
