// The headers of a message that goes out: https://nodejs.org/api/http.html#class-httpoutgoingmessage

import { ArrayPrototypePush, ReflectApply, ReflectOwnKeys, Symbol, SafeMap } from '../../../bootstrap/primordials.js';
import { invalidArgType } from '../errors.js';
import { headersSent } from './errors.js';
import { appendEntry, createHeaderList, keyOf, rawNamesOf, setEntry, valuesOf } from './header_list.js';
import { named } from '../named.js';
import { methodOf } from './other_messages.js';
import { validateHeaderName, validateHeaderValues } from './validate.js';

/** Where a message keeps its headers; null while it has none. */
export const kOutHeaders = Symbol('kOutHeaders');

function checkText(name) {
  if (typeof name !== 'string') throw invalidArgType('name', 'string', name);
}

const open = (message, action) => {
  if (message._header) throw headersSent(action);
};

export const headerMethods = {
  __proto__: null,
  setHeader(name, value) {
    open(this, 'set');
    validateHeaderName(name);
    validateHeaderValues(name, value);
    setEntry(this[kOutHeaders] ??= createHeaderList(), name, value);
    return this;
  },
  setHeaders(headers) {
    open(this, 'set');
    if (typeof headers?.forEach !== 'function' || typeof headers.keys !== 'function' || typeof headers.get !== 'function') throw invalidArgType('headers', ['Headers', 'Map'], headers);
    // Several cookies are one header with several values.
    const all = new SafeMap();
    headers.forEach((value, name) => {
      const key = keyOf(`${name}`);
      if (key === 'set-cookie' && all.has(key)) ArrayPrototypePush(all.get(key), value);
      else all.set(key === 'set-cookie' ? key : name, key === 'set-cookie' ? [value] : value);
    });
    all.forEach((value, name) => this.setHeader(name, value));
    return this;
  },
  appendHeader(name, value) {
    open(this, 'append');
    validateHeaderName(name);
    validateHeaderValues(name, value);
    appendEntry(this[kOutHeaders] ??= createHeaderList(), name, value);
    return this;
  },
  getHeader(name) {
    checkText(name);
    return this[kOutHeaders]?.[keyOf(name)]?.[1];
  },
  getHeaderNames() {
    return this[kOutHeaders] === null ? [] : ReflectOwnKeys(this[kOutHeaders]);
  },
  getRawHeaderNames() {
    return this[kOutHeaders] === null ? [] : rawNamesOf(this[kOutHeaders]);
  },
  getHeaders() {
    return this[kOutHeaders] === null ? { __proto__: null } : valuesOf(this[kOutHeaders]);
  },
  hasHeader(name) {
    checkText(name);
    return this[kOutHeaders] !== null && this[kOutHeaders][keyOf(name)] !== undefined;
  },
  removeHeader(name) {
    checkText(name);
    open(this, 'remove');
    const key = keyOf(name);
    // What Node would add by itself stays away, too.
    if (key === 'connection') this._removedConnection = true;
    else if (key === 'content-length') this._removedContLen = true;
    else if (key === 'transfer-encoding') this._removedTE = true;
    else if (key === 'date') this.sendDate = false;
    if (this[kOutHeaders] !== null) delete this[kOutHeaders][key];
  },
  _renderHeaders() {
    open(this, 'render');
    if (this[kOutHeaders] === null) return {};
    const headers = {};
    const keys = ReflectOwnKeys(this[kOutHeaders]);
    for (let i = 0; i < keys.length; i++) headers[this[kOutHeaders][keys[i]][0]] = this[kOutHeaders][keys[i]][1];
    return headers;
  },
};

// Responses of the Express contract have methods of their own.
function leaveToOthers(name) {
  const method = headerMethods[name];
  headerMethods[name] = named(name, function (...args) {
    return ReflectApply(methodOf(this, name) ?? method, this, args);
  });
}
leaveToOthers('setHeader');
leaveToOthers('getHeader');
leaveToOthers('appendHeader');
leaveToOthers('removeHeader');
leaveToOthers('hasHeader');
