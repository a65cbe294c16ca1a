// Why a value cannot be cloned.

import { DOMException } from '../events/index.js';

export function refusal(what) {
  return new DOMException(`${what} could not be cloned.`, 'DataCloneError');
}
