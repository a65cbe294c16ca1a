// Runs the usual calls of the store once while a snapshot is built that will have it in it.

import { warmUpCall, warmUpCallNow } from '../bootstrap/call_warm_up.js';

const ENTRY = { __proto__: null, kind: 'json', versionstamp: '1', text: '{"name":"value"}' };

/** To be called before any user code; it needs neither clock nor host. */
export function warmUpKV(kv) {
  warmUpCallNow(() => kv.get('key'), ENTRY);
  warmUpCall(() => kv.get('key'), ENTRY);
  warmUpCall(() => kv.set('key', { name: 'value' }), null);
}
