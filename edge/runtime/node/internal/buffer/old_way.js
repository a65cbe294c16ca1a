// Buffer() instead of Buffer.from() and Buffer.alloc(): https://nodejs.org/api/deprecations.html#DEP0005

import { Error } from '../../../bootstrap/primordials.js';
import { queueMicrotask } from '../../../events/index.js';
import process from '../../process.js';

/** Who listens for warnings hears of it, once; the log is the operator's, who cannot change the package. */
export function tell() {
  if (typeof process.listenerCount !== 'function' || process.listenerCount('warning') === 0) return;
  const warning = new Error('Buffer() is deprecated due to security and usability issues. Please use the Buffer.alloc(), Buffer.allocUnsafe(), or Buffer.from() methods instead.');
  warning.name = 'DeprecationWarning';
  warning.code = 'DEP0005';
  queueMicrotask(() => process.emit('warning', warning));
}
