// res: https://expressjs.com/en/5x/api.html#res

import {
  ArrayIsArray,
  ArrayPrototypeFilter,
  ArrayPrototypeIncludes,
  ArrayPrototypeJoin,
  ArrayPrototypeMap,
  ArrayPrototypePush,
  Date,
  Error,
  ObjectKeys,
  ReflectApply,
  RegExpPrototypeSymbolReplace,
  String,
  StringPrototypeSplit,
  StringPrototypeToLowerCase,
  StringPrototypeToWellFormed,
  StringPrototypeTrim,
  TypeError,
  encodeURI,
} from '../../bootstrap/primordials.js';
import { reasonPhrase } from '../../http/statuses.js';
import { named } from '../../node/internal/named.js';
import { serializeCookie } from './cookies.js';
import { attachment, extension, lastSegment } from './disposition.js';
import { httpError } from './errors.js';
import { escapeHtml } from './html.js';
import { fileType, typeOf, withCharset } from './media_type.js';
import { acceptTypes } from './negotiate.js';
import { pipeFrom } from './pipe.js';
import { SendingResponse } from './sending.js';

// What a URL may not hold, and a % that begins no escape.
const TO_ESCAPE = /(?:[^\x21\x23-\x3B\x3D\x3F-\x5F\x61-\x7A\x7C\x7E]|%(?:[^0-9A-Fa-f]|[0-9A-Fa-f][^0-9A-Fa-f]|$))+/g;

/** Escapes what a URL may not hold and leaves what is escaped already. */
function encodeUrl(url) {
  return RegExpPrototypeSymbolReplace(TO_ESCAPE, StringPrototypeToWellFormed(url), (found) => encodeURI(found));
}

function redirection(kind, phrase, address) {
  if (kind === 'text') return `${phrase}. Redirecting to ${address}`;
  return `<!DOCTYPE html><head><title>${phrase}</title></head><body><p>${phrase}. Redirecting to ${escapeHtml(address)}</p></body>`;
}

export class Response extends SendingResponse {
  /** Sets one header, or those of an object.  Content-Type gets a charset where it has none. */
  set(name, value) {
    if (arguments.length === 1) {
      const names = ObjectKeys(name);
      for (let i = 0; i < names.length; i++) this.set(names[i], name[names[i]]);
      return this;
    }
    let text = ArrayIsArray(value) ? ArrayPrototypeMap(value, String) : String(value);
    if (StringPrototypeToLowerCase(name) === 'content-type') {
      if (ArrayIsArray(text)) throw new TypeError('Content-Type cannot be set to an Array');
      text = withCharset(text);
    }
    return this.setHeader(name, text);
  }

  get(name) {
    return this.getHeader(name);
  }

  append(name, value) {
    const existing = this.get(name);
    if (existing === undefined) return this.set(name, value);
    if (StringPrototypeToLowerCase(name) === 'content-type') return this.set(name, [existing, value]); // which is refused
    return this.appendHeader(name, ArrayIsArray(value) ? ArrayPrototypeMap(value, String) : String(value));
  }

  type(type) {
    return this.set('Content-Type', withCharset(typeOf(type) ?? 'application/octet-stream'));
  }

  location(url) {
    return this.set('Location', encodeUrl(url === 'back' ? (this.req.get('Referrer') ?? '/') : String(url)));
  }

  /** `redirect([status,] url)`; the url "back" is where the client came from. */
  redirect(status, url) {
    const code = typeof status === 'number' ? status : 302;
    const to = typeof status === 'number' ? url : status;
    if (to === undefined) throw new TypeError('res.redirect needs a url');
    const address = this.location(to).get('Location');
    this.status(code);
    const phrase = reasonPhrase(code);
    this.vary('Accept');
    const kind = acceptTypes(this.req.headers.accept, ['text', 'html']);
    if (kind !== false) this.type(kind);
    return this.end(kind === false ? '' : redirection(kind, phrase, address));
  }

  cookie(name, value, options) {
    return this.append('Set-Cookie', serializeCookie(name, value, { __proto__: null, ...options }, this.req.secret));
  }

  clearCookie(name, options) {
    return this.cookie(name, '', { ...options, maxAge: undefined, expires: new Date(0) });
  }

  attachment(filename) {
    const name = filename === undefined ? undefined : lastSegment(String(filename));
    if (name) this.set('Content-Type', fileType(extension(name)));
    return this.set('Content-Disposition', attachment(name));
  }

  vary(field) {
    const existing = this.get('Vary');
    const names = existing === undefined ? [] : ArrayPrototypeMap(StringPrototypeSplit(`${existing}`, ','), StringPrototypeTrim);
    const lower = ArrayPrototypeMap(names, StringPrototypeToLowerCase);
    const added = ArrayIsArray(field) ? field : StringPrototypeSplit(`${field}`, ',');
    for (let i = 0; i < added.length; i++) {
      const name = StringPrototypeTrim(added[i]);
      if (name === '*') return this.set('Vary', '*');
      if (name !== '' && !ArrayPrototypeIncludes(lower, StringPrototypeToLowerCase(name)) && !ArrayPrototypeIncludes(lower, '*')) {
        ArrayPrototypePush(names, name);
        ArrayPrototypePush(lower, StringPrototypeToLowerCase(name));
      }
    }
    return this.set('Vary', ArrayPrototypeJoin(names, ', '));
  }

  /** `Link` header: `{next: url, last: url}`. */
  links(links) {
    const relations = ObjectKeys(links);
    const parts = [];
    for (let i = 0; i < relations.length; i++) {
      const urls = ArrayIsArray(links[relations[i]]) ? links[relations[i]] : [links[relations[i]]];
      for (let j = 0; j < urls.length; j++) ArrayPrototypePush(parts, `<${urls[j]}>; rel="${relations[i]}"`);
    }
    const existing = this.get('Link');
    return this.set('Link', `${existing === undefined ? '' : `${existing}, `}${ArrayPrototypeJoin(parts, ', ')}`);
  }

  /** Calls the handler of the type that the client takes best; `default` or 406 when it takes none. */
  format(handlers) {
    const { req } = this;
    const types = ArrayPrototypeFilter(ObjectKeys(handlers), (type) => type !== 'default');
    const type = types.length > 0 ? acceptTypes(req.headers.accept, types) : false;
    this.vary('Accept');
    if (type !== false) {
      this.set('Content-Type', withCharset(typeOf(type) ?? type));
      ReflectApply(handlers[type], this, [req, this, req.next]);
    } else if (handlers.default) ReflectApply(handlers.default, this, [req, this, req.next]);
    else {
      const error = httpError(406, 'Not Acceptable');
      error.types = ArrayPrototypeMap(types, (name) => typeOf(name) ?? name);
      req.next(error);
    }
    return this;
  }

  /** Answers with a fetch Response: its status, its end-to-end headers, its body as it comes. */
  pipeFrom(response) {
    return pipeFrom(response, this);
  }

  render() {
    throw new Error('res.render needs a template engine, which the contract does not have: call the engine yourself and res.send what it makes, or export an Express app');
  }

  /** `sendFile(path[, options][, callback])`: see send_file.js. */
  sendFile(path, options, callback) {
    import('./send_file.js').sendFile(this, path, options, callback);
  }

  /** `download(path[, filename][, options][, callback])`: the file as an attachment. */
  download(path, filename, options, callback) {
    import('./send_file.js').download(this, path, filename, options, callback);
  }

  get app() {
    return this.req.app;
  }
}
named('ServerResponse', Response);
Response.prototype.header = Response.prototype.set;
Response.prototype.contentType = Response.prototype.type;
