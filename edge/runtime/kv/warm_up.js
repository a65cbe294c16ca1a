// Runs the usual calls of the store once while a snapshot is built that will have it in it.

import { warmUpCall } from '../bootstrap/call_warm_up.js';

/** To be called before any user code; it needs neither clock nor host. */
export function warmUpKV(kv) {
  warmUpCall(() => kv.get('key'), { kind: 'json', versionstamp: '1', text: '{"name":"value"}' });
  warmUpCall(() => kv.set('key', { name: 'value' }), null);
}
