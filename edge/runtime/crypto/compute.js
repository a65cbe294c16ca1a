// Operations of the host for keys and data: ../ops/crypto.py and ../ops/webcrypto/.

import { ArrayPrototypePush, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength } from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { DOMException } from '../events/dom_exception.js';

// One operation takes 64 MiB, its arguments included.
const MAX_BYTES = 63 * 2 ** 20;

/** `{value, data}` of an operation whose data are several byte strings; throws what the operation names. */
export function compute(op, args, parts) {
  const lengths = [];
  let total = 0;
  for (let i = 0; i < parts.length; i++) {
    const length = TypedArrayPrototypeGetLength(parts[i]);
    total += length;
    if (i < parts.length - 1) ArrayPrototypePush(lengths, length);
  }
  if (total > MAX_BYTES) throw operationError(`${total} bytes are too much for one operation (at most ${MAX_BYTES})`);
  return hostCallSync(`crypto.${op}`, { __proto__: null, ...args, parts: lengths }, parts);
}

/** The data of an operation as an ArrayBuffer for scripts. */
export function computeBuffer(op, args, parts) {
  return TypedArrayPrototypeGetBuffer(compute(op, args, parts).data);
}

export function dataError(message) {
  return new DOMException(message, 'DataError');
}

export function operationError(message) {
  return new DOMException(message, 'OperationError');
}

export function invalidAccess(message) {
  return new DOMException(message, 'InvalidAccessError');
}

export function notSupported(message) {
  return new DOMException(message, 'NotSupportedError');
}

export function syntaxError(message) {
  return new DOMException(message, 'SyntaxError');
}
