// Questions for the gateway: edge/services/dns/.

import { ArrayPrototypePush, Error, ErrorCaptureStackTrace, ObjectAssign, StringPrototypeStartsWith } from '../../../bootstrap/primordials.js';
import { hostCall } from '../../../bootstrap/host.js';
import { invalidArgType, invalidArgValue, validateString } from '../errors.js';
import { badPort } from '../net/connect_options.js';
import { systemError } from '../net/failures.js';
import { isIP } from '../net/ip.js';
import { sorted } from './lookup.js';

/** The method's name -> the type of records that it asks for. */
export const METHODS = {
  __proto__: null, resolve4: 'A', resolve6: 'AAAA', resolveAny: 'ANY', resolveCaa: 'CAA', resolveCname: 'CNAME', resolveMx: 'MX', resolveNaptr: 'NAPTR', resolveNs: 'NS',
  resolvePtr: 'PTR', resolveSoa: 'SOA', resolveSrv: 'SRV', resolveTlsa: 'TLSA', resolveTxt: 'TXT',
};
const OF_TYPE = {
  __proto__: null, A: 'resolve4', AAAA: 'resolve6', ANY: 'resolveAny', CAA: 'resolveCaa', CNAME: 'resolveCname', MX: 'resolveMx', NAPTR: 'resolveNaptr', NS: 'resolveNs',
  PTR: 'resolvePtr', SOA: 'resolveSoa', SRV: 'resolveSrv', TLSA: 'resolveTlsa', TXT: 'resolveTxt',
};
const SYSCALLS = {
  __proto__: null, A: 'queryA', AAAA: 'queryAaaa', ANY: 'queryAny', CAA: 'queryCaa', CNAME: 'queryCname', MX: 'queryMx', NAPTR: 'queryNaptr', NS: 'queryNs', PTR: 'queryPtr',
  SOA: 'querySoa', SRV: 'querySrv', TLSA: 'queryTlsa', TXT: 'queryTxt',
};
const ANY = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NAPTR', 'NS', 'SOA', 'SRV', 'TXT'];
const SERVICES = { __proto__: null, 21: 'ftp', 22: 'ssh', 25: 'smtp', 53: 'domain', 80: 'http', 110: 'pop3', 143: 'imap2', 443: 'https', 465: 'submissions', 587: 'submission', 993: 'imaps', 3306: 'mysql', 5432: 'postgresql', 6379: 'redis' };

/** The error of a question: `queryMx ENOTFOUND example.com`. */
function failure(error, syscall, hostname) {
  if (error.code === 'EACCES' || error.code === undefined || error.code === 'ERR_INVOCATION_ENDED') return ObjectAssign(error, { syscall, hostname });
  const shown = new Error(`${syscall} ${error.code} ${hostname}`);
  ErrorCaptureStackTrace(shown, failure);
  shown.errno = undefined;
  shown.code = error.code;
  shown.syscall = syscall;
  shown.hostname = hostname;
  return shown;
}

/** `[{address, family}]`; none for no name. */
export async function lookup({ name, family, order }) {
  if (!name) return [];
  try {
    const { value } = await hostCall('dns.lookup', { name, family });
    const addresses = sorted(value, order);
    return addresses;
  } catch (error) {
    throw systemError(error, 'getaddrinfo', { hostname: name });
  }
}

async function query(name, type) {
  try {
    const { value } = await hostCall('dns.query', { name, type });
    return value;
  } catch (error) {
    throw failure(error, SYSCALLS[type], name);
  }
}

// Servers answer ANY as they like, so each type is asked for.
async function queryAny(name) {
  const all = [];
  let last = null;
  for (let i = 0; i < ANY.length; i++) {
    try {
      const { records, ttl } = await query(name, ANY[i]);
      for (let at = 0; at < records.length; at++) ArrayPrototypePush(all, anyRecord(ANY[i], records[at], ttl));
    } catch (error) {
      last = error;
      if (error.code !== 'ENODATA') break;
    }
  }
  if (all.length === 0) throw failure(last, SYSCALLS.ANY, name);
  return all;
}

function anyRecord(type, record, ttl) {
  if (type === 'A' || type === 'AAAA') return { address: record, ttl, type };
  if (type === 'TXT') return { entries: record, type };
  return typeof record === 'string' ? { value: record, type } : { ...record, type };
}

/** Throws for what is no type of records. */
export function checkType(type) {
  if (typeof type !== 'string') throw invalidArgType('rrtype', 'string', type);
  if (OF_TYPE[type] === undefined) throw invalidArgValue('rrtype', type);
}

/** The records of one type. */
export async function ask(name, type, options) {
  validateString(name, 'name');
  checkType(type);
  if (type === 'ANY') return await queryAny(name);
  const { records, ttl } = await query(name, type);
  if (type === 'SOA') return records[0];
  if (options?.ttl !== true || (type !== 'A' && type !== 'AAAA')) return records;
  const all = [];
  for (let i = 0; i < records.length; i++) ArrayPrototypePush(all, { address: records[i], ttl });
  return all;
}

/** The names of an address. */
export async function reverse(address) {
  try {
    const { value } = await hostCall('dns.reverse', { address });
    return value;
  } catch (error) {
    throw failure(error, 'getHostByAddr', address);
  }
}

export async function lookupService(address, port) {
  if (isIP(address) === 0) throw invalidArgValue('address', address);
  if (typeof port !== 'number' || !(port >= 0 && port < 65536)) throw badPort(port);
  let hostname = address;
  try {
    const { value } = await hostCall('dns.reverse', { address });
    hostname = value[0] ?? address;
  } catch (error) {
    if (error.code === 'EACCES' || StringPrototypeStartsWith(`${error.code}`, 'ERR_')) throw failure(error, 'getnameinfo', address);
  }
  return { hostname, service: SERVICES[port] ?? `${port}` };
}
