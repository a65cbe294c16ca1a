// The arguments of structuredClone and postMessage that name what to transfer.

import { SafeArray, SafeArrayPush, SymbolIterator, TypeError } from '../bootstrap/primordials.js';
import { isObject, toDictionary } from '../webidl/index.js';

function toTransferList(value, what) {
  const list = new SafeArray();
  if (!isObject(value)) throw new TypeError(`${what}: the transfer list is not a sequence`);
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
  for (const item of value) {
    if (!isObject(item)) throw new TypeError(`${what}: an item of the transfer list is not an object`);
    SafeArrayPush(list, item);
  }
  return list;
}

/** StructuredSerializeOptions: an array of the runtime's own. */
export function transferListOf(options, what) {
  const { transfer } = toDictionary(options, `${what}: the options`);
  return transfer === undefined ? new SafeArray() : toTransferList(transfer, what);
}

/** What follows the message in `postMessage`: a transfer list, or options with one. */
export function transferArgument(value, what) {
  if (!isObject(value)) return transferListOf(value, what);
  const method = value[SymbolIterator];
  return method === undefined || method === null ? transferListOf(value, what) : toTransferList(value, what);
}
