// structuredClone: https://html.spec.whatwg.org/multipage/structured-data.html#dom-structuredclone

import { ArrayBufferPrototypeGetDetached, ArrayBufferPrototypeTransfer, ArrayPrototypePush, SafeSet, TypeError } from '../bootstrap/primordials.js';
import { isArrayBuffer, isObject, nameFunctions, requireArguments, toDictionary } from '../webidl/index.js';
import { cloneValue, refusal } from './clone.js';

function toTransferList(value) {
  const list = [];
  if (value === undefined) return list;
  if (!isObject(value)) throw new TypeError('structuredClone: the transfer list is not a sequence');
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
  for (const item of value) {
    if (!isObject(item)) throw new TypeError('structuredClone: an item of the transfer list is not an object');
    ArrayPrototypePush(list, item);
  }
  return list;
}

function checkTransferList(list) {
  const seen = new SafeSet();
  for (let i = 0; i < list.length; i++) {
    if (!isArrayBuffer(list[i])) throw refusal('A value of the transfer list that is not an ArrayBuffer');
    if (seen.has(list[i])) throw refusal('An ArrayBuffer that is twice in the transfer list');
    seen.add(list[i]);
  }
}

/** Transferred buffers are copied and then detached, so that a failure leaves them as they were. */
function structuredClone(value, options = undefined) {
  requireArguments(arguments.length, 1, 'structuredClone');
  const list = toTransferList(toDictionary(options, 'The options').transfer);
  checkTransferList(list);
  const result = cloneValue(value);
  for (let i = 0; i < list.length; i++) {
    if (ArrayBufferPrototypeGetDetached(list[i])) throw refusal('An ArrayBuffer that is detached');
  }
  for (let i = 0; i < list.length; i++) ArrayBufferPrototypeTransfer(list[i]);
  return result;
}

export const globals = nameFunctions({ structuredClone });
