// The options of dns.lookup: https://nodejs.org/api/dns.html#dnslookuphostname-options-callback

import { ArrayPrototypePush } from '../../../bootstrap/primordials.js';
import { invalidArgType, invalidArgValue, validateFunction } from '../errors.js';

const ORDERS = { __proto__: null, ipv4first: true, ipv6first: true, verbatim: true };
let defaultOrder = 'verbatim';

export const order = () => defaultOrder;

export function setOrder(value) {
  if (!ORDERS[value]) throw invalidArgValue('dnsOrder', value, "must be one of: 'verbatim', 'ipv4first', 'ipv6first'");
  defaultOrder = value;
}

function familyOf(family) {
  if (family === undefined || family === null || family === 0 || family === '0') return 0;
  if (family === 4 || family === 'IPv4' || family === '4') return 4;
  if (family === 6 || family === 'IPv6' || family === '6') return 6;
  throw invalidArgValue('family', family, 'must be one of: 0, 4, 6');
}

/** `{name, family, all, order}` */
export function lookupOptions(hostname, options = {}) {
  if (hostname && typeof hostname !== 'string') throw invalidArgType('hostname', 'string', hostname);
  if (typeof options === 'number') return { __proto__: null, name: hostname, family: familyOf(options), all: false, order: defaultOrder };
  if (options !== null && typeof options !== 'object') throw invalidArgType('options', ['integer', 'object'], options);
  const given = options ?? {};
  const verbatim = given.verbatim === undefined ? defaultOrder : given.verbatim ? 'verbatim' : 'ipv4first';
  if (given.order !== undefined && !ORDERS[given.order]) throw invalidArgValue('options.order', given.order, "must be one of: 'verbatim', 'ipv4first', 'ipv6first'");
  return { __proto__: null, name: hostname, family: familyOf(given.family), all: given.all === true, order: given.order ?? verbatim };
}

/** The same, with the callback that comes last. */
export function lookupArguments(hostname, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  validateFunction(done, 'callback');
  return { ...lookupOptions(hostname, typeof options === 'function' ? undefined : options), callback: done };
}

/** Addresses in the order that is wanted. */
export function sorted(found, how) {
  if (how === 'verbatim') return found;
  const first = how === 'ipv6first' ? 6 : 4;
  const all = [];
  for (let i = 0; i < found.length; i++) if (found[i].family === first) ArrayPrototypePush(all, found[i]);
  for (let i = 0; i < found.length; i++) if (found[i].family !== first) ArrayPrototypePush(all, found[i]);
  return all;
}
