// What becomes of a header that comes more than once: https://nodejs.org/api/http.html#messageheaders

const FIRST_COUNTS = {
  __proto__: null, age: true, authorization: true, 'content-length': true, 'content-type': true, etag: true, expires: true, from: true, host: true,
  'if-modified-since': true, 'if-unmodified-since': true, 'last-modified': true, location: true, 'max-forwards': true, 'proxy-authorization': true,
  referer: true, 'retry-after': true, server: true, 'user-agent': true,
};

/** `several`: a list; `single`: only the first counts; otherwise values are joined by `separator`. */
export function kindOf(key) {
  return { __proto__: null, several: key === 'set-cookie', single: FIRST_COUNTS[key] === true, separator: key === 'cookie' ? '; ' : ', ' };
}
