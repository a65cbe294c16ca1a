// kv.atomic(): checks and writes that happen together or not at all.

import { ArrayPrototypePush, Error, ObjectFreeze, StringPrototypeToWellFormed, TypedArrayPrototypeGetLength, TypeError } from '../bootstrap/primordials.js';
import { hostCall } from '../bootstrap/host.js';
import { concatenate, finiteNumber, jsonArguments, keyText, putArguments, withOptions } from './input.js';

function checkOf(check) {
  if (typeof check !== 'object' || check === null) throw new TypeError('kv.atomic: a check must be {key, versionstamp}');
  const { key, versionstamp } = check;
  if (versionstamp !== null && typeof versionstamp !== 'string') {
    throw new TypeError('kv.atomic: the versionstamp of a check must be a string, or null for a key that must be absent');
  }
  return { __proto__: null, key: keyText(key, 'atomic.check'), versionstamp: versionstamp === null ? null : StringPrototypeToWellFormed(versionstamp) };
}

/** A builder; every method but `commit` returns it. Values are taken as they are when the method is called. */
export function atomic() {
  const args = { __proto__: null, checks: [], mutations: [] };
  const chunks = [];
  let size = 0;
  let committed = false;

  function open() {
    if (committed) throw new Error('kv.atomic: this operation has been committed; begin another with kv.atomic()');
  }

  function add(op, mutation) {
    open();
    mutation.op = op;
    ArrayPrototypePush(args.mutations, mutation);
    return builder;
  }

  const builder = {
    check(...checks) {
      open();
      for (let i = 0; i < checks.length; i++) ArrayPrototypePush(args.checks, checkOf(checks[i]));
      return builder;
    },
    set(key, value, options) {
      return add('set', withOptions(jsonArguments(key, value, 'atomic.set'), options, 'atomic.set'));
    },
    put(key, value, options) {
      const { args: mutation, data } = putArguments(key, value, 'atomic.put');
      withOptions(mutation, options, 'atomic.put');
      if (data !== undefined) {
        mutation.size = TypedArrayPrototypeGetLength(data);
        size += mutation.size;
        ArrayPrototypePush(chunks, data);
      }
      return add('set', mutation);
    },
    delete(key) {
      return add('delete', { __proto__: null, key: keyText(key, 'atomic.delete') });
    },
    incr(key, by = 1) {
      return add('incr', { __proto__: null, key: keyText(key, 'atomic.incr'), by: finiteNumber(by, 'kv.atomic.incr: by') });
    },
    async commit() {
      open();
      committed = true;
      const { value } = await hostCall('kv.atomic', args, size > 0 ? concatenate(chunks, size) : undefined);
      return value.ok ? { ok: true, versionstamp: value.versionstamp } : { ok: false };
    },
  };
  return ObjectFreeze(builder);
}
