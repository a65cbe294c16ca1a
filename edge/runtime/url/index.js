import { URL } from './url.js';
import { URLSearchParams } from './url_search_params.js';

export { URL, urlRecord } from './url.js';
export { URLSearchParams, isURLSearchParams, searchParamsText } from './url_search_params.js';
export { domainToASCII, domainToUnicode } from './idna.js';
export { parseURL } from './parser.js';
export { percentDecodeBytes } from './percent.js';
export { originOf, serializePath, serializeURL } from './record.js';
export { parseUrlencoded, serializeUrlencoded } from './urlencoded.js';

export const globals = { URL, URLSearchParams };
