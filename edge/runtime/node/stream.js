// node:stream: https://nodejs.org/api/stream.html, by readable-stream, Node's own streams as a package.

import { Stream } from './internal/stream/package.js';
import { ObjectAssign } from '../bootstrap/primordials.js';
import { duplexFromWeb, duplexToWeb, readableFromWeb, readableToWeb, writableFromWeb, writableToWeb } from './internal/stream/web.js';

ObjectAssign(Stream.Readable, { fromWeb: readableFromWeb, toWeb: readableToWeb });
ObjectAssign(Stream.Writable, { fromWeb: writableFromWeb, toWeb: writableToWeb });
ObjectAssign(Stream.Duplex, { fromWeb: duplexFromWeb, toWeb: duplexToWeb });

export default Stream;
