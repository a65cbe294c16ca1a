// Media types of file names: https://github.com/jshttp/mime-types, with its list of all of them.  Large, and loaded when a name
// is asked for that ../../contracts/express/media_type.js does not know.

import makeTypes from 'commonjs:mime-types';
import database from 'mime-db/db.json';
import path from '../path.js';

const modules = { __proto__: null, 'mime-db': database, path };

export const mime = makeTypes((name) => modules[name]);
