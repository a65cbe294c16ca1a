// node:querystring: https://nodejs.org/api/querystring.html

import { StringPrototypeReplaceAll, TypedArrayPrototypeGetBuffer } from '../bootstrap/primordials.js';
import { Buffer } from './internal/buffer/class.js';
import { percentBytes } from './internal/percent.js';
import { escape, parse, stringify, unescape } from './internal/query.js';

function unescapeBuffer(text, plusIsSpace) {
  return Buffer.from(TypedArrayPrototypeGetBuffer(percentBytes(plusIsSpace ? StringPrototypeReplaceAll(text, '+', ' ') : text)));
}

// `escape` and `unescape` may be replaced by the function; parse and stringify use what is there.
const querystring = {
  unescapeBuffer,
  unescape,
  escape,
  stringify: (object, separator, equals, options) =>
    stringify(object, separator, equals, { encodeURIComponent: options?.encodeURIComponent ?? ((text) => querystring.escape(text)) }),
  parse: (text, separator, equals, options) =>
    parse(text, separator, equals, { maxKeys: options?.maxKeys, decodeURIComponent: options?.decodeURIComponent ?? ((value) => querystring.unescape(value)) }),
};
querystring.encode = querystring.stringify;
querystring.decode = querystring.parse;

export default querystring;
