// Errors of messages over HTTP, with Node's codes: https://nodejs.org/api/errors.html

import { Error, RangeError, TypeError } from '../../../bootstrap/primordials.js';
import { coded } from '../errors.js';

export const headersSent = (action) => coded(Error, 'ERR_HTTP_HEADERS_SENT', `Cannot ${action} headers after they are sent to the client`, headersSent);
export const writeAfterEnd = () => coded(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end', writeAfterEnd);
export const alreadyFinished = (method) => coded(Error, 'ERR_STREAM_ALREADY_FINISHED', `Cannot call ${method} after a stream was finished`, alreadyFinished);
export const streamDestroyed = (method) => coded(Error, 'ERR_STREAM_DESTROYED', `Cannot call ${method} after a stream was destroyed`, streamDestroyed);
export const nullValue = () => coded(TypeError, 'ERR_STREAM_NULL_VALUES', 'May not write null values to stream', nullValue);
export const cannotPipe = () => coded(Error, 'ERR_STREAM_CANNOT_PIPE', 'Cannot pipe, not readable', cannotPipe);
export const invalidStatus = (status) => coded(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE', `Invalid status code: ${status}`, invalidStatus);
export const invalidToken = (what, value) => coded(TypeError, 'ERR_INVALID_HTTP_TOKEN', `${what} must be a valid HTTP token ["${value}"]`, invalidToken);
export const invalidHeaderValue = (value, name) => coded(TypeError, 'ERR_HTTP_INVALID_HEADER_VALUE', `Invalid value "${value}" for header "${name}"`, invalidHeaderValue);
export const invalidCharacter = (what, name) => coded(TypeError, 'ERR_INVALID_CHAR', `Invalid character in ${what}${name === undefined ? '' : ` ["${name}"]`}`, invalidCharacter);
export const invalidTrailer = () => coded(Error, 'ERR_HTTP_TRAILER_INVALID', 'Trailers are invalid with this transfer encoding', invalidTrailer);
export const noBodyAllowed = () => coded(Error, 'ERR_HTTP_BODY_NOT_ALLOWED', 'Adding content for this request method or response status is not allowed.', noBodyAllowed);
export const socketAssigned = () => coded(Error, 'ERR_HTTP_SOCKET_ASSIGNED', 'ServerResponse has an already assigned socket', socketAssigned);
export const notImplemented = (method) => coded(Error, 'ERR_METHOD_NOT_IMPLEMENTED', `The ${method} method is not implemented`, notImplemented);

export const lengthMismatch = (written, announced) =>
  coded(Error, 'ERR_HTTP_CONTENT_LENGTH_MISMATCH', `Response body's content-length of ${written} byte(s) does not match the content-length of ${announced} byte(s) set in header`, lengthMismatch);

/** What ends a request or response before it is complete. */
export function connectionReset(message) {
  const error = new Error(message);
  error.code = 'ECONNRESET';
  return error;
}

/** A server, which a function cannot be. */
export const noServer = (module) =>
  coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `${module}: server functionality not supported in serverless environment (a function is called by the gateway: export a handler)`, noServer);
