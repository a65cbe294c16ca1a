// What failed calls of the network look like: https://nodejs.org/api/errors.html#class-systemerror

import { Error, ErrorCaptureStackTrace, ObjectAssign, StringPrototypeIndexOf, StringPrototypeSlice } from '../../../bootstrap/primordials.js';
import { coded } from '../errors.js';

// Linux's numbers, and libuv's for names.
const NUMBERS = {
  __proto__: null, EACCES: -13, EBADF: -9, ECONNABORTED: -103, ECONNREFUSED: -111, ECONNRESET: -104, EHOSTUNREACH: -113, EINVAL: -22, EMFILE: -24, ENETUNREACH: -101,
  ENOTCONN: -107, EPIPE: -32, ETIMEDOUT: -110, ENOTFOUND: -3008, EAI_AGAIN: -3001, EADDRNOTAVAIL: -99, ECANCELED: -125,
};
const CALLS = { __proto__: null, connect: true, read: true, write: true, getaddrinfo: true };

/** Gives an error of the host what Node's have beside code and message. */
export function systemError(error, syscall, more) {
  const word = StringPrototypeSlice(error.message, 0, StringPrototypeIndexOf(error.message, ' '));
  if (NUMBERS[error.code] !== undefined) {
    error.errno = NUMBERS[error.code];
    error.syscall = CALLS[word] ? word : syscall;
  }
  return ObjectAssign(error, more);
}

/** The same, made here. */
export function networkError(code, syscall, detail = '') {
  const error = new Error(`${syscall} ${code}${detail === '' ? '' : ` ${detail}`}`);
  ErrorCaptureStackTrace(error, networkError);
  error.errno = NUMBERS[code];
  error.code = code;
  error.syscall = syscall;
  return error;
}

export const socketClosed = () => coded(Error, 'ERR_SOCKET_CLOSED', 'Socket is closed', socketClosed);
export const closedBeforeConnection = () => coded(Error, 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION', 'Socket closed before the connection was established', closedBeforeConnection);
