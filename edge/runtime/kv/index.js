// The global `kv`, made on first use: most invocations that do not store anything do not pay for it.

import { createKV } from './client.js';

export { createKV };

export const globals = {
  get kv() {
    return createKV();
  },
};
