// Media types: names for them, parameters, and whether one is meant by another.

import {
  ArrayIsArray,
  RegExpPrototypeExec,
  RegExpPrototypeSymbolReplace,
  StringPrototypeEndsWith,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  StringPrototypeToLowerCase,
  StringPrototypeTrim,
} from '../../bootstrap/primordials.js';

// The types that functions answer with; everything else is named in full.
const TYPES = {
  __proto__: null,
  html: 'text/html', htm: 'text/html', txt: 'text/plain', text: 'text/plain', css: 'text/css', csv: 'text/csv', md: 'text/markdown',
  js: 'text/javascript', mjs: 'text/javascript', ics: 'text/calendar', xml: 'application/xml', json: 'application/json',
  jsonld: 'application/ld+json', map: 'application/json', geojson: 'application/geo+json', rss: 'application/rss+xml', atom: 'application/atom+xml',
  urlencoded: 'application/x-www-form-urlencoded', multipart: 'multipart/*', form: 'multipart/form-data', pdf: 'application/pdf',
  zip: 'application/zip', gz: 'application/gzip', tar: 'application/x-tar', wasm: 'application/wasm', bin: 'application/octet-stream',
  yaml: 'text/yaml', yml: 'text/yaml', webmanifest: 'application/manifest+json', xhtml: 'application/xhtml+xml', rtf: 'application/rtf',
  png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp', avif: 'image/avif', svg: 'image/svg+xml',
  ico: 'image/vnd.microsoft.icon', bmp: 'image/bmp', tiff: 'image/tiff', mp3: 'audio/mpeg', ogg: 'audio/ogg', wav: 'audio/wav', weba: 'audio/webm',
  mp4: 'video/mp4', webm: 'video/webm', mpeg: 'video/mpeg', woff: 'font/woff', woff2: 'font/woff2', ttf: 'font/ttf', otf: 'font/otf',
  doc: 'application/msword', docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ppt: 'application/vnd.ms-powerpoint', pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
};
const EXTENSION = /\.?([^./\\]+)$/;
const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)"?/i;
const PARAMETER = /;\s*charset\s*=\s*(?:"[^"]*"|[^;]*)/i;

/** The type of an extension or file name: "json", ".json", "a.json"; undefined when it is not known. */
export function lookup(name) {
  const found = RegExpPrototypeExec(EXTENSION, StringPrototypeToLowerCase(name));
  return found === null ? undefined : (TYPES[found[1]] ?? (import('../../node/internal/mime.js').mime.lookup(name) || undefined));
}

/** The type of a file by its extension, with the charset of text. */
export function fileType(extension) {
  const type = extension === '' ? undefined : lookup(extension);
  return type === undefined ? 'application/octet-stream' : withCharset(type);
}

/** "json" as "application/json"; what has a slash is a type already. */
export const typeOf = (name) => (StringPrototypeIndexOf(name, '/') < 0 ? lookup(name) : name);

/** The type without its parameters, in lower case. */
export function essence(type) {
  const end = StringPrototypeIndexOf(type, ';');
  return StringPrototypeToLowerCase(StringPrototypeTrim(end < 0 ? type : StringPrototypeSlice(type, 0, end)));
}

export function charsetOf(type) {
  if (StringPrototypeIndexOf(type, ';') < 0) return undefined;
  if (StringPrototypeEndsWith(type, '; charset=utf-8')) return 'utf-8';
  const found = RegExpPrototypeExec(CHARSET, type);
  return found === null ? undefined : StringPrototypeToLowerCase(found[1]);
}

const isTextual = (type) => StringPrototypeStartsWith(type, 'text/') || type === 'application/json' || type === 'application/javascript' || type === 'application/manifest+json';

/** Adds `charset=utf-8` to a type of text that names none. */
export function withCharset(type) {
  return charsetOf(type) === undefined && isTextual(essence(type)) ? `${type}; charset=utf-8` : type;
}

export function withUtf8(type) {
  if (StringPrototypeEndsWith(type, '; charset=utf-8')) return type;
  return `${StringPrototypeIndexOf(type, ';') < 0 ? type : RegExpPrototypeSymbolReplace(PARAMETER, type, '')}; charset=utf-8`;
}

function expand(wanted) {
  if (wanted === 'urlencoded') return 'application/x-www-form-urlencoded';
  if (wanted === 'multipart') return 'multipart/*';
  if (StringPrototypeStartsWith(wanted, '+')) return `*/*${wanted}`;
  return StringPrototypeIndexOf(wanted, '/') < 0 ? lookup(wanted) : wanted;
}

function matches(pattern, type) {
  const slash = StringPrototypeIndexOf(pattern, '/');
  const at = StringPrototypeIndexOf(type, '/');
  const wantedType = StringPrototypeSlice(pattern, 0, slash);
  const wantedSubtype = StringPrototypeSlice(pattern, slash + 1);
  const subtype = StringPrototypeSlice(type, at + 1);
  if (wantedType !== '*' && wantedType !== StringPrototypeSlice(type, 0, at)) return false;
  if (StringPrototypeStartsWith(wantedSubtype, '*+')) return StringPrototypeEndsWith(subtype, StringPrototypeSlice(wantedSubtype, 1));
  return wantedSubtype === '*' || wantedSubtype === subtype;
}

/** The first of `wanted` that `type` is, as Express's req.is answers it; false without one. */
export function typeIs(type, wanted) {
  const actual = essence(type);
  if (StringPrototypeIndexOf(actual, '/') < 1) return false;
  const list = ArrayIsArray(wanted) ? wanted : [wanted];
  if (list.length === 0) return actual;
  for (let i = 0; i < list.length; i++) {
    const pattern = expand(`${list[i]}`);
    if (pattern === undefined || !matches(StringPrototypeToLowerCase(pattern), actual)) continue;
    return StringPrototypeStartsWith(list[i], '+') || StringPrototypeIndexOf(list[i], '*') >= 0 ? actual : list[i];
  }
  return false;
}
