// Errors of HTTP messages: Node's codes, because middlewares look at them.  https://nodejs.org/api/errors.html

import { Error, JSONStringify, RangeError, TypeError } from '../../../bootstrap/primordials.js';
import { coded } from '../../../node/internal/errors.js';

export const headersSent = (action) =>
  coded(Error, 'ERR_HTTP_HEADERS_SENT', `Cannot ${action} headers after they are sent to the client`, headersSent);

export const writeAfterEnd = () => coded(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end', writeAfterEnd);

export const alreadyFinished = (method) =>
  coded(Error, 'ERR_STREAM_ALREADY_FINISHED', `Cannot call ${method} after a stream was finished`, alreadyFinished);

export const invalidStatus = (status) =>
  coded(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE', `Invalid status code: ${shown(status)}`, invalidStatus);

export const invalidName = (name) =>
  coded(TypeError, 'ERR_INVALID_HTTP_TOKEN', `Header name must be a valid HTTP token [${JSONStringify(shown(name))}]`, invalidName);

export const invalidCharacter = (name) => coded(TypeError, 'ERR_INVALID_CHAR', `Invalid character in header content ["${name}"]`, invalidCharacter);

export const undefinedHeader = (name) =>
  coded(TypeError, 'ERR_HTTP_INVALID_HEADER_VALUE', `Invalid value "undefined" for header "${name}"`, undefinedHeader);

function shown(value) {
  return typeof value === 'symbol' || (typeof value === 'object' && value !== null) ? typeof value : `${value}`;
}

export const cannotPipe = () => coded(Error, 'ERR_STREAM_CANNOT_PIPE', 'Cannot pipe, not readable', cannotPipe);
