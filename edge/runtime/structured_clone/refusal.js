// Why a value cannot be cloned.

import { ObjectGetPrototypeOf, ReflectGetOwnPropertyDescriptor, SymbolToStringTag } from '../bootstrap/primordials.js';
import { isProxy } from '../console/proxies.js';
import { DOMException } from '../events/index.js';

export function refusal(what) {
  return new DOMException(`${what} could not be cloned.`, 'DataCloneError');
}

// The class string, without running code of the user's.
function kindOf(value) {
  for (let object = value; object !== null; object = ObjectGetPrototypeOf(object)) {
    if (isProxy(object)) return 'Proxy';
    const tag = ReflectGetOwnPropertyDescriptor(object, SymbolToStringTag)?.value;
    if (typeof tag === 'string') return tag;
  }
  return 'Object';
}

/** The error for an object that has no copies. */
export function objectRefusal(value) {
  return refusal(`#<${kindOf(value)}>`);
}
