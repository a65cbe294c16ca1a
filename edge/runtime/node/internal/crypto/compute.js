// Operations of the host: ../../../ops/nodecrypto/ and ../../../ops/crypto.py.

import { ArrayPrototypePush, Error, StringPrototypeStartsWith, TypedArrayPrototypeGetLength } from '../../../bootstrap/primordials.js';
import { hostCallSync } from '../../../bootstrap/host.js';
import { queueTask } from '../../../bootstrap/tasks.js';
import { coded, validateFunction } from '../errors.js';

// One operation takes 64 MiB, its arguments included.
export const MAX_BYTES = 63 * 2 ** 20;

/** `{value, data}` of an operation whose data are several byte strings; throws what the operation names. */
export function compute(op, args, parts) {
  const lengths = [];
  let total = 0;
  for (let i = 0; i < parts.length; i++) {
    const length = TypedArrayPrototypeGetLength(parts[i]);
    total += length;
    if (i < parts.length - 1) ArrayPrototypePush(lengths, length);
  }
  if (total > MAX_BYTES) throw coded(Error, 'ERR_CRYPTO_OPERATION_FAILED', `${total} bytes are too much for one operation (at most ${MAX_BYTES})`);
  return described(() => hostCallSync(`nodecrypto.${op}`, { __proto__: null, ...args, parts: lengths }, parts));
}

/** What `call` gives; an error of OpenSSL's says, as in Node, of what part and why. */
export function described(call) {
  try {
    return call();
  } catch (error) {
    if (error.code === '') delete error.code;
    else if (typeof error.code === 'string' && StringPrototypeStartsWith(error.code, 'ERR_OSSL_')) import('./openssl_errors.js').decorate(error);
    throw error;
  }
}

/** An error of OpenSSL's. */
export function opensslError(code, reason) {
  const error = coded(Error, code, reason, opensslError);
  import('./openssl_errors.js').decorate(error);
  return error;
}

/** The value; with a callback, it is computed and given in a task of its own, as Node does it in a thread. */
export function answer(perform, callback) {
  if (callback === undefined) return perform();
  validateFunction(callback, 'callback');
  queueTask(() => {
    let value;
    try {
      value = perform();
    } catch (error) {
      callback(error);
      return;
    }
    callback(null, value);
  });
  return undefined;
}
