// ServerResponse: https://nodejs.org/api/http.html#class-httpserverresponse
//
// No server makes one here: packages do, for tests and adapters, with a socket of theirs that gets the message.

import { ArrayIsArray, ArrayPrototypeJoin, ObjectDefineProperty, ObjectSetPrototypeOf, ReflectApply, ReflectOwnKeys, RegExpPrototypeExec, Symbol } from '../../../bootstrap/primordials.js';
import { reasonPhrase } from '../../../http/statuses.js';
import { isFieldValue } from '../../../http/syntax.js';
import { invalidArgType, validateObject } from '../errors.js';
import { named } from '../named.js';
import { headersSent, invalidCharacter, invalidStatus, socketAssigned } from './errors.js';
import { pairsOf } from './header_list.js';
import { kOutHeaders, OutgoingMessage } from './outgoing.js';
import { validateHeaderName, validateHeaderValues } from './validate.js';

const CHUNKED = /(?:^|\W)chunked(?:$|\W)/i;
const kOnClose = Symbol('kOnClose');

export function ServerResponse(req, options) {
  ReflectApply(OutgoingMessage, this, [options]);
  if (req.method === 'HEAD') this._hasBody = false;
  this.req = req;
  this.sendDate = true;
  this._sent100 = false;
  this._expect_continue = false;
  if (req.httpVersionMajor < 1 || req.httpVersionMinor < 1) {
    this.useChunkedEncodingByDefault = RegExpPrototypeExec(CHUNKED, `${req.headers?.te ?? ''}`) !== null;
    this.shouldKeepAlive = false;
  }
}
named('ServerResponse', ServerResponse);
ObjectSetPrototypeOf(ServerResponse.prototype, OutgoingMessage.prototype);
ObjectSetPrototypeOf(ServerResponse, OutgoingMessage);

/** Takes the headers of `writeHead`; those that were set before stay unless they are named again. */
function take(response, headers) {
  const pairs = pairsOf(headers);
  const isList = ArrayIsArray(headers);
  if (isList) for (let i = 0; i < pairs.length; i++) response.removeHeader(pairs[i][0]);
  for (let i = 0; i < pairs.length; i++) {
    if (isList) response.appendHeader(pairs[i][0], pairs[i][1]);
    else if (pairs[i][0]) response.setHeader(pairs[i][0], pairs[i][1]);
  }
}

function hintLines(hints) {
  let text = '';
  const names = ReflectOwnKeys(hints);
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    const value = hints[name];
    validateHeaderName(name);
    validateHeaderValues(name, value);
    text += `${name}: ${ArrayIsArray(value) ? ArrayPrototypeJoin(value, ', ') : value}\r\n`;
  }
  return text;
}

const methods = {
  __proto__: null,
  statusCode: 200,
  statusMessage: undefined,

  assignSocket(socket) {
    if (socket._httpMessage) throw socketAssigned();
    socket._httpMessage = this;
    this[kOnClose] = () => {
      if (socket._httpMessage) {
        this.destroyed = true;
        this._closed = true;
        this.emit('close');
      }
    };
    socket.on('close', this[kOnClose]);
    this.socket = socket;
    this.emit('socket', socket);
    this._flush();
  },

  detachSocket(socket) {
    socket.removeListener('close', this[kOnClose]);
    socket._httpMessage = null;
    this.socket = null;
  },

  writeContinue(callback) {
    this._writeRaw('HTTP/1.1 100 Continue\r\n\r\n', 'latin1', callback);
    this._sent100 = true;
  },

  writeProcessing(callback) {
    this._writeRaw('HTTP/1.1 102 Processing\r\n\r\n', 'latin1', callback);
  },

  writeEarlyHints(hints, callback) {
    validateObject(hints, 'hints');
    if (hints.link === null || hints.link === undefined || (ArrayIsArray(hints.link) && hints.link.length === 0)) return;
    this._writeRaw(`HTTP/1.1 103 Early Hints\r\n${hintLines(hints)}\r\n`, 'latin1', callback);
  },

  _implicitHeader() {
    this.writeHead(this.statusCode);
  },

  writeHead(status, reason, headers) {
    if (this._header) throw headersSent('write');
    const code = status | 0;
    if (code < 100 || code > 999) throw invalidStatus(status);
    const given = typeof reason === 'string' ? headers : headers ?? reason;
    if (typeof reason === 'string') this.statusMessage = reason;
    else this.statusMessage ||= phraseOf(code);
    this.statusCode = code;
    if (given !== undefined && given !== null && typeof given !== 'object') throw invalidArgType('headers', ['Object', 'Array'], given);
    if (given) take(this, given);
    if (!isFieldValue(this.statusMessage)) throw invalidCharacter('statusMessage');
    if (code === 204 || code === 304 || (code >= 100 && code <= 199)) this._hasBody = false;
    if (this._expect_continue && !this._sent100) this.shouldKeepAlive = false;
    this._storeHeader(`HTTP/1.1 ${code} ${this.statusMessage}\r\n`, this[kOutHeaders]);
    return this;
  },
};
methods.writeHeader = methods.writeHead;

const phraseOf = (code) => {
  const phrase = reasonPhrase(code);
  return phrase === `${code}` ? 'unknown' : phrase;
};

const names = ReflectOwnKeys(methods);
for (let i = 0; i < names.length; i++) ObjectDefineProperty(ServerResponse.prototype, names[i], { __proto__: null, value: methods[names[i]], writable: true, enumerable: true, configurable: true });
