// Names that Node gives to CommonJS modules are free in an ES module.

import path from 'node:path';
import { fileURLToPath } from 'node:url';

const __filename = fileURLToPath(import.meta.url);
const __dirname = path.dirname(__filename);
let module = 1;

export default {
  async fetch() {
    const { later } = await import('./later.mjs');
    return Response.json([__filename, __dirname, module, later, typeof this, import.meta.env === undefined]);
  },
};
