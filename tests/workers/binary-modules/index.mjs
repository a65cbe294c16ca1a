// Files as modules, as wrangler takes them.

import data from './data.bin';
import page from './page.html';
import add from './add.wasm';

export default {
  async fetch() {
    const instance = await WebAssembly.instantiate(add);
    const { default: same } = await import('./add.wasm');
    return Response.json([add instanceof WebAssembly.Module, same === add, instance.exports.add(40, 2), data.byteLength, new Uint8Array(data)[255], page]);
  },
};
