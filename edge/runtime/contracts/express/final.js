// What happens when no handler answered: 404, an error's own status, or a function error.

import { JSONStringify, NumberIsInteger, ObjectKeys, StringPrototypeIndexOf, StringPrototypeSlice } from '../../bootstrap/primordials.js';
import { reasonPhrase } from '../../http/statuses.js';

const CODES = { __proto__: null, 413: 'body_too_large', 415: 'unsupported_media_type' };
const OF_CONTENT = ['Content-Encoding', 'Content-Language', 'Content-Range', 'Content-Length'];

function answer(res, status, text) {
  for (let i = 0; i < OF_CONTENT.length; i++) res.removeHeader(OF_CONTENT[i]);
  res.statusCode = status;
  res.statusMessage = reasonPhrase(status);
  res.setHeader('Content-Security-Policy', "default-src 'none'");
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  res.end(text);
}

/** `Cannot GET /path`. */
export function answerNotFound(req, res) {
  const end = StringPrototypeIndexOf(req.originalUrl, '?');
  answer(res, 404, `Cannot ${req.method} ${end < 0 ? req.originalUrl : StringPrototypeSlice(req.originalUrl, 0, end)}`);
}

/** The 4xx status that an error asks for (`status` or `statusCode`, as http-errors sets them); 0 without one. */
export function clientStatus(error) {
  if (error === null || typeof error !== 'object') return 0;
  const status = error.status ?? error.statusCode;
  return NumberIsInteger(status) && status >= 400 && status < 500 ? status : 0;
}

/** Answers an error that asks for a 4xx status: its message when it is meant to be seen, the reason phrase else. */
export function answerClientError(error, res, status) {
  const headers = error.headers ?? {};
  const names = ObjectKeys(headers);
  for (let i = 0; i < names.length; i++) res.setHeader(names[i], headers[names[i]]);
  answer(res, status, error.expose === false || error.syscall !== undefined ? reasonPhrase(status) : `${error.message || reasonPhrase(status)}`);
}

/** Answers a request that cannot be read, in the gateway's error shape; the handler is not called. */
export function answerBadRequest(error, req, res) {
  const code = CODES[error.status] ?? 'bad_request';
  res.statusCode = error.status;
  res.setHeader('Content-Type', 'application/json');
  res.end(JSONStringify({ __proto__: null, error: { __proto__: null, code, message: error.message, request_id: req.id } }));
}
