// The forms of net.connect: https://nodejs.org/api/net.html#netconnect

import { ArrayIsArray, Number, NumberIsInteger, RangeError, RegExpPrototypeExec, TypeError } from '../../../bootstrap/primordials.js';
import { coded, invalidArgType, received, validateFunction, validateNumber, validateString } from '../errors.js';
import { networkError } from './failures.js';

const MAX_NAME = 1024; // no name of the DNS has more than 253

const isPort = (value) => (typeof value === 'number' ? NumberIsInteger(value) : typeof value === 'string' && RegExpPrototypeExec(/^\s*(?:0x[\da-f]+|\d+)\s*$/i, value) !== null);

/** `[options, callback]` of the arguments of `connect`. */
export function normalizeArgs(args) {
  if (args.length === 0) return [{}, null];
  if (ArrayIsArray(args[0]) && args.length === 1) return normalizeArgs(args[0]);
  const first = args[0];
  let options = {};
  if (typeof first === 'object' && first !== null) options = first;
  else if (typeof first === 'string' && !isPort(first)) options.path = first;
  else {
    options.port = first;
    if (args.length > 1 && typeof args[1] === 'string') options.host = args[1];
  }
  const last = args[args.length - 1];
  return [options, typeof last === 'function' ? last : null];
}

export function badPort(port, name = 'Port') {
  return coded(RangeError, 'ERR_SOCKET_BAD_PORT', `${name} should be >= 0 and < 65536.${received(port)}.`, badPort);
}

/** `{host, port, family}` of where to connect to; throws for what cannot be. */
export function destinationOf(options) {
  if (options.path !== undefined && options.path !== null) {
    validateString(options.path, 'options.path');
    throw networkError('EACCES', 'connect', `${options.path} (unix sockets can never be reached from a function)`);
  }
  const { port, lookup, family = 0, localPort } = options;
  if (port === undefined) throw coded(TypeError, 'ERR_MISSING_ARGS', 'The "options" or "port" or "path" argument must be specified');
  if (typeof port !== 'number' && typeof port !== 'string') throw invalidArgType('options.port', ['number', 'string'], port);
  if (!isPort(port) || Number(port) > 65535 || Number(port) < 0) throw badPort(port);
  if (localPort !== undefined) validateNumber(localPort, 'options.localPort');
  if (lookup !== undefined && lookup !== null) validateFunction(lookup, 'options.lookup');
  const host = options.host || 'localhost';
  if (typeof host !== 'string') throw invalidArgType('options.host', 'string', host);
  if (host.length > MAX_NAME) throw networkError('ENOTFOUND', 'getaddrinfo', `(a name of ${host.length} characters)`);
  return { host, port: Number(port), family: family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family === 4 || family === 6 ? family : 0 };
}
