// util.MIMEType and util.MIMEParams: https://nodejs.org/api/util.html#class-utilmimetype, after https://mimesniff.spec.whatwg.org/

import {
  JSONStringify, MapPrototypeEntries, MapPrototypeForEach, MapPrototypeKeys, MapPrototypeValues, ObjectDefineProperty, RegExpPrototypeExec, RegExpPrototypeSymbolReplace, SafeMap, StringPrototypeIndexOf,
  StringPrototypeSlice, StringPrototypeToLowerCase, SymbolIterator, TypeError,
} from '../../bootstrap/primordials.js';
import { coded } from './errors.js';

const NOT_TOKEN = /[^!#$%&'*+\-.^_`|~A-Za-z0-9]/;
const NOT_QUOTABLE = /[^\t\u0020-\u007e\u0080-\u00ff]/;
const LEADING = /^[\r\n\t ]+/;
const TRAILING = /[\r\n\t ]+$/;
let fill;

function invalid(what, text, at = -1) {
  const where = at >= 0 ? ` at ${at}` : '';
  return coded(TypeError, 'ERR_INVALID_MIME_SYNTAX', `The MIME syntax for a ${what} in ${JSONStringify(text)} is invalid${where}`);
}

const matchAt = (expression, text) => RegExpPrototypeExec(expression, text)?.index ?? -1;
const trimmed = (text) => RegExpPrototypeSymbolReplace(TRAILING, RegExpPrototypeSymbolReplace(LEADING, text, ''), '');

function token(text, what, whole) {
  const at = matchAt(NOT_TOKEN, text);
  if (text === '' || at >= 0) throw invalid(what, whole, at);
  return StringPrototypeToLowerCase(text);
}

/** A quoted value, and where it ends. */
function quotedAt(text, start) {
  let value = '';
  let at = start + 1;
  for (; at < text.length && text[at] !== '"'; at++) {
    if (text[at] === '\\' && at + 1 < text.length) at++;
    value += text[at];
  }
  return { __proto__: null, value, end: at + 1 };
}

export class MIMEParams {
  #data = new SafeMap();

  static {
    fill = (params, text) => params.#read(text);
  }

  get(name) { return this.has(name) ? this.#data.get(`${name}`) : null; }
  has(name) { return this.#data.has(`${name}`); }
  delete(name) { this.#data.delete(`${name}`); }

  set(name, value) {
    const key = `${name}`;
    const text = `${value}`;
    const bad = matchAt(NOT_TOKEN, key);
    if (key === '' || bad >= 0) throw invalid('parameter name', key, bad);
    const badValue = matchAt(NOT_QUOTABLE, text);
    if (badValue >= 0) throw invalid('parameter value', text, badValue);
    this.#data.set(key, text);
  }

  // What is wrong is left out, and of several the first one counts.
  #read(text) {
    let at = 0;
    while (at < text.length) {
      while (at < text.length && RegExpPrototypeExec(/[\r\n\t ]/, text[at]) !== null) at++;
      const start = at;
      while (at < text.length && text[at] !== ';' && text[at] !== '=') at++;
      const name = StringPrototypeToLowerCase(StringPrototypeSlice(text, start, at));
      if (text[at] !== '=') {
        at++;
        continue;
      }
      at++;
      const isQuoted = text[at] === '"';
      let value;
      if (isQuoted) {
        const found = quotedAt(text, at);
        ({ value } = found);
        at = found.end;
        while (at < text.length && text[at] !== ';') at++;
      } else {
        const end = StringPrototypeIndexOf(text, ';', at);
        value = RegExpPrototypeSymbolReplace(TRAILING, StringPrototypeSlice(text, at, end < 0 ? undefined : end), '');
        at = end < 0 ? text.length : end;
      }
      at++;
      if (name !== '' && (isQuoted || value !== '') && matchAt(NOT_TOKEN, name) < 0 && matchAt(NOT_QUOTABLE, value) < 0 && !this.#data.has(name)) this.#data.set(name, value);
    }
  }

  entries() { return MapPrototypeEntries(this.#data); }
  keys() { return MapPrototypeKeys(this.#data); }
  values() { return MapPrototypeValues(this.#data); }

  toString() {
    let text = '';
    MapPrototypeForEach(this.#data, (value, name) => {
      const isToken = value !== '' && matchAt(NOT_TOKEN, value) < 0;
      text += `${text === '' ? '' : ';'}${name}=${isToken ? value : `"${RegExpPrototypeSymbolReplace(/["\\]/g, value, '\\$&')}"`}`;
    });
    return text;
  }
}
ObjectDefineProperty(MIMEParams.prototype, SymbolIterator, { __proto__: null, value: MIMEParams.prototype.entries, writable: true, configurable: true });
ObjectDefineProperty(MIMEParams.prototype, 'toJSON', { __proto__: null, value: MIMEParams.prototype.toString, writable: true, configurable: true });

export class MIMEType {
  #type;
  #subtype;
  #params = new MIMEParams();

  constructor(text) {
    const whole = `${text}`;
    const input = trimmed(whole);
    const slash = StringPrototypeIndexOf(input, '/');
    this.#type = token(slash < 0 ? input : StringPrototypeSlice(input, 0, slash), 'type', whole);
    if (slash < 0) throw invalid('type', whole, -1);
    const end = StringPrototypeIndexOf(input, ';', slash);
    this.#subtype = token(RegExpPrototypeSymbolReplace(TRAILING, StringPrototypeSlice(input, slash + 1, end < 0 ? undefined : end), ''), 'subtype', whole);
    if (end >= 0) fill(this.#params, StringPrototypeSlice(input, end + 1));
  }

  get type() { return this.#type; }
  set type(value) { this.#type = token(`${value}`, 'type', `${value}`); }
  get subtype() { return this.#subtype; }
  set subtype(value) { this.#subtype = token(`${value}`, 'subtype', `${value}`); }
  get essence() { return `${this.#type}/${this.#subtype}`; }
  get params() { return this.#params; }

  toString() {
    const params = this.#params.toString();
    return params === '' ? this.essence : `${this.essence};${params}`;
  }
}
ObjectDefineProperty(MIMEType.prototype, 'toJSON', { __proto__: null, value: MIMEType.prototype.toString, writable: true, configurable: true });
