// node-fetch: https://github.com/node-fetch/node-fetch, the package itself, over node:http.

import makeFetch from 'commonjs:node-fetch/lib/index.js';
import { Error } from '../bootstrap/primordials.js';
import { URL, URLSearchParams } from '../url/index.js';
import http from './http.js';
import https from './https.js';
import stream from './stream.js';
import url from './url.js';
import zlib from './zlib.js';

const modules = { __proto__: null, http, https, stream, url, 'whatwg-url': { URL, URLSearchParams }, zlib };

// It looks for one more, which is optional, and copes when there is none.
export default makeFetch((name) => {
  if (modules[name] === undefined) throw new Error(`Cannot find module '${name}'`);
  return modules[name];
});
