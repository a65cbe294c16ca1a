// stream.duplexPair: https://nodejs.org/api/stream.html#streamduplexpairoptions

import { SafeWeakMap } from '../../../bootstrap/primordials.js';
import { queueMicrotask } from '../../../events/index.js';

/** Both halves; a write is done when the other one has taken it. */
export function duplexPair(Duplex, options = undefined) {
  const waiting = new SafeWeakMap();
  const others = new SafeWeakMap();
  const methods = {
    read() {
      const done = waiting.get(this);
      waiting.delete(this);
      done?.();
    },
    write(chunk, encoding, callback) {
      const other = others.get(this);
      if (chunk.length === 0) queueMicrotask(callback);
      else {
        other.push(chunk);
        waiting.set(other, callback);
      }
    },
    final(callback) {
      const other = others.get(this);
      other.on('end', callback);
      other.push(null);
    },
  };
  const first = new Duplex({ ...options, ...methods });
  const second = new Duplex({ ...options, ...methods });
  others.set(first, second);
  others.set(second, first);
  return [first, second];
}
