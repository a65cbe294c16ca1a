// Python of the gateway's operator as functions: `await env.NAME(...)`, or `await env.NAME.method(...)`.

import {
  ArrayPrototypePush, BigIntPrototypeToString, JSONParse, JSONRawJSON, JSONStringify, Map, NumberIsFinite, ObjectDefineProperty, ObjectFreeze, ReflectGetPrototypeOf, Set, StringPrototypeSplit, TypeError, Uint8ArrayPrototypeToBase64,
} from '../bootstrap/primordials.js';
import { hostCall } from '../bootstrap/host.js';
import { firstLine } from '../bootstrap/failures.js';
import { bytesCopy, describe, viewOf } from '../webidl/index.js';

// Bytes and big integers have a way of their own; what JSON would make nothing of is refused.
function replace(key, value) {
  const given = this[key];
  if (typeof given === 'object' && given !== null) {
    if (viewOf(given) !== null) return Uint8ArrayPrototypeToBase64(bytesCopy(given));
    const prototype = ReflectGetPrototypeOf(given);
    if (prototype === Map.prototype || prototype === Set.prototype) throw new TypeError('a Map or Set cannot be given to a binding (Object.fromEntries(map), [...set])');
  }
  switch (typeof value) {
    case 'bigint': return JSONRawJSON(BigIntPrototypeToString(value));
    case 'function':
    case 'symbol': throw new TypeError(`${describe(value)} cannot be given to a binding`);
    case 'number':
      if (!NumberIsFinite(value)) throw new TypeError(`${value} cannot be given to a binding`);
      return value;
    default: return value;
  }
}

/** The arguments as they are now, as plain JSON: what happens to them afterwards is not seen. */
function encode(args, name) {
  let last = args.length;
  while (last > 0 && args[last - 1] === undefined) last -= 1;
  const given = [];
  for (let i = 0; i < last; i++) ArrayPrototypePush(given, args[i]);
  try {
    return JSONStringify(given, replace);
  } catch (error) {
    throw new TypeError(`${name}: ${firstLine(`${error?.message}`)}`, { __proto__: null, cause: error });
  }
}

async function call(binding, method, args) {
  const text = encode(args, method === '' ? binding : `${binding}.${method}`);
  const { value, data } = await hostCall('binding.call', { __proto__: null, binding, method, args: text });
  return data ?? JSONParse(value);
}

function callable(binding, method) {
  const named = { async [method || binding](...args) { return await call(binding, method, args); } };
  return named[method || binding];
}

/** `kind`: `call`, or the names of methods with commas between them. */
export function createPython(binding, kind) {
  if (kind === 'call' || kind === '') return callable(binding, '');
  const result = {};
  const names = StringPrototypeSplit(kind, ',');
  for (let i = 0; i < names.length; i++) {
    ObjectDefineProperty(result, names[i], { __proto__: null, value: callable(binding, names[i]), writable: false, enumerable: true, configurable: false });
  }
  return ObjectFreeze(result);
}
