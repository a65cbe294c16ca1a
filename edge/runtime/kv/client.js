// The key-value store as functions see it.

import {
  ArrayIsArray, ArrayPrototypePush, JSONParse, Map, MapPrototypeSet, MathMin, NumberIsInteger, ObjectFreeze, RangeError, TypeError,
  TypedArrayPrototypeSubarray,
} from '../bootstrap/primordials.js';
import { hostCall, hostCallNow } from '../bootstrap/host.js';
import { atomic } from './atomic.js';
import { finiteNumber, jsonArguments, keyText, optionalText, putArgumentsOrStream, withOptions } from './input.js';
import { typeOf, valueOf } from './output.js';

const MAX_PAGE = 1000;

async function get(key, options) {
  if (ArrayIsArray(key)) return await getMany(key, options);
  const type = typeOf(options, 'get');
  const { value, data } = await hostCallNow('kv.get', { __proto__: null, key: keyText(key, 'get') });
  return value === null ? null : await valueOf(value, data, type);
}

async function getWithMetadata(key, options) {
  const type = typeOf(options, 'getWithMetadata');
  const { value, data } = await hostCallNow('kv.get', { __proto__: null, key: keyText(key, 'getWithMetadata') });
  if (value === null) return { value: null, metadata: null, versionstamp: null };
  const metadata = value.metadata === undefined ? null : JSONParse(value.metadata);
  return { value: valueOf(value, data, type), metadata, versionstamp: value.versionstamp };
}

async function getMany(keys, options) {
  if (!ArrayIsArray(keys)) throw new TypeError('kv.getMany: keys must be an array of strings');
  const type = typeOf(options, 'getMany');
  const names = [];
  const values = new Map();
  for (let i = 0; i < keys.length; i++) {
    ArrayPrototypePush(names, keyText(keys[i], 'getMany'));
    MapPrototypeSet(values, names[i], null);
  }
  const { value: found, data } = await hostCall('kv.getMany', { __proto__: null, keys: names });
  let at = 0;
  for (let i = 0; i < found.length; i++) {
    const size = found[i].size ?? 0;
    const bytes = size > 0 ? TypedArrayPrototypeSubarray(data, at, at + size) : undefined;
    MapPrototypeSet(values, found[i].key, valueOf(found[i], bytes, type));
    at += size;
  }
  return values;
}

async function set(key, value, options) {
  await hostCall('kv.set', withOptions(jsonArguments(key, value, 'set'), options, 'set'));
}

async function put(key, value, options) {
  const extra = withOptions({ __proto__: null }, options, 'put');
  const given = putArgumentsOrStream(key, value, 'put');
  // Without a stream there is nothing to wait for, so that calls leave in the order in which they were made.
  const { args, data } = given.args === undefined ? await given : given;
  await hostCall('kv.set', { __proto__: null, ...args, ...extra }, data);
}

async function has(key) {
  return (await hostCall('kv.has', { __proto__: null, key: keyText(key, 'has') })).value;
}

async function remove(key) {
  return (await hostCall('kv.delete', { __proto__: null, key: keyText(key, 'delete') })).value;
}

async function clear() {
  await hostCall('kv.clear', { __proto__: null });
}

async function incr(key, by = 1) {
  const args = { __proto__: null, key: keyText(key, 'incr'), by: finiteNumber(by, 'kv.incr: by') };
  return (await hostCall('kv.incr', args)).value;
}

function limitOf(limit) {
  if (limit === undefined || limit === null) return MAX_PAGE;
  if (typeof limit !== 'number' || limit < 1 || (!NumberIsInteger(limit) && limit !== Infinity)) throw new RangeError('kv.list: limit must be a whole number of 1 or more');
  return MathMin(limit, MAX_PAGE);
}

function listed({ name, expiration, metadata }) {
  const key = { name };
  if (expiration !== undefined) key.expiration = expiration;
  if (metadata !== undefined) key.metadata = JSONParse(metadata);
  return key;
}

async function list(options = undefined) {
  const { prefix, limit, cursor } = options ?? {};
  const { value } = await hostCall('kv.list', {
    __proto__: null,
    prefix: optionalText(prefix, 'kv.list: prefix') ?? '',
    limit: limitOf(limit),
    cursor: optionalText(cursor, 'kv.list: cursor') || null,
  });
  const keys = [];
  for (let i = 0; i < value.keys.length; i++) ArrayPrototypePush(keys, listed(value.keys[i]));
  return value.cursor === null ? { keys, list_complete: true } : { keys, list_complete: false, cursor: value.cursor };
}

/** The object that users know as `kv` and `env.KV`. Its methods need no `this`. */
export function createKV() {
  return ObjectFreeze({ get, getWithMetadata, getMany, set, put, has, delete: remove, clear, list, incr, atomic });
}
