// Error codes: https://nodejs.org/api/dns.html#error-codes

const NAMES = [
  'NODATA', 'FORMERR', 'SERVFAIL', 'NOTFOUND', 'NOTIMP', 'REFUSED', 'BADQUERY', 'BADNAME', 'BADFAMILY', 'BADRESP', 'CONNREFUSED', 'TIMEOUT', 'EOF', 'FILE', 'NOMEM', 'DESTRUCTION',
  'BADSTR', 'BADFLAGS', 'NONAME', 'BADHINTS', 'NOTINITIALIZED', 'LOADIPHLPAPI', 'ADDRGETNETWORKPARAMS', 'CANCELLED',
];

/** `{NODATA: 'ENODATA', ...}` */
export function CODES() {
  const table = {};
  for (let i = 0; i < NAMES.length; i++) table[NAMES[i]] = `E${NAMES[i]}`;
  return table;
}
