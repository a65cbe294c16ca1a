// net.BlockList and net.SocketAddress: https://nodejs.org/api/net.html#class-netblocklist

import { ArrayPrototypePush, BigInt, Number, NumberPrototypeToString, StringPrototypeSplit, StringPrototypeToLowerCase } from '../../../bootstrap/primordials.js';
import { invalidArgType, invalidArgValue, outOfRange, validateInteger, validateObject, validateString } from '../errors.js';
import { badPort } from './connect_options.js';
import { isIPv4, parseIPv6 } from './ip.js';

const MAPPED = 0xffffn << 32n;

/** The address as a number of 128 bits; null when it is none. */
function numberOf(address, family) {
  if (family === 'ipv4') {
    if (!isIPv4(address)) return null;
    const parts = StringPrototypeSplit(address, '.');
    return BigInt(((Number(parts[0]) * 256 + Number(parts[1])) * 256 + Number(parts[2])) * 256 + Number(parts[3]));
  }
  const groups = parseIPv6(address);
  if (groups === null) return null;
  let number = 0n;
  for (let i = 0; i < 8; i++) number = (number << 16n) | BigInt(groups[i]);
  return number;
}

function familyOf(value) {
  validateString(value, 'family');
  const family = StringPrototypeToLowerCase(value);
  if (family !== 'ipv4' && family !== 'ipv6') throw invalidArgValue('family', value);
  return family;
}

export class SocketAddress {
  #address;
  #port;
  #family;
  #flowlabel;

  constructor(options = {}) {
    validateObject(options, 'options');
    const { family = 'ipv4', port = 0, flowlabel = 0 } = options;
    this.#family = familyOf(family);
    const { address = this.#family === 'ipv4' ? '127.0.0.1' : '::' } = options;
    validateString(address, 'options.address');
    validateInteger(flowlabel, 'options.flowlabel', 0, 0xfffff);
    if (typeof port !== 'number' || port < 0 || port > 65535) throw badPort(port, 'options.port');
    if (numberOf(address, this.#family) === null) throw invalidArgValue('options.address', address);
    this.#address = address;
    this.#port = port;
    this.#flowlabel = flowlabel;
  }

  get address() { return this.#address; }
  get port() { return this.#port; }
  get family() { return this.#family; }
  get flowlabel() { return this.#flowlabel; }
  toJSON() {
    return { address: this.#address, port: this.#port, family: this.#family, flowlabel: this.#flowlabel };
  }
  static isSocketAddress(value) {
    return typeof value === 'object' && value !== null && #address in value;
  }
}

function parse(address, family) {
  if (SocketAddress.isSocketAddress(address)) return { __proto__: null, number: numberOf(address.address, address.family), family: address.family, text: address.address };
  validateString(address, 'address');
  const its = familyOf(family);
  const number = numberOf(address, its);
  if (number === null) throw invalidArgValue('address', address);
  return { __proto__: null, number, family: its, text: address };
}

export class BlockList {
  #rules = [];

  addAddress(address, family = 'ipv4') {
    const { number, family: its, text } = parse(address, family);
    ArrayPrototypePush(this.#rules, { __proto__: null, first: number, last: number, family: its, text: `Address: ${label(its)} ${text}` });
  }

  addRange(start, end, family = 'ipv4') {
    const first = parse(start, family);
    const last = parse(end, family);
    if (first.number > last.number) throw invalidArgValue('start', start, `must come before ${last.text}`);
    ArrayPrototypePush(this.#rules, { __proto__: null, first: first.number, last: last.number, family: first.family, text: `Range: ${label(first.family)} ${first.text}-${last.text}` });
  }

  addSubnet(network, prefix, family = 'ipv4') {
    const { number, family: its, text } = parse(network, family);
    const bits = its === 'ipv4' ? 32 : 128;
    if (typeof prefix !== 'number') throw invalidArgType('prefix', 'number', prefix);
    if (!(prefix >= 0 && prefix <= bits)) throw outOfRange('prefix', `>= 0 && <= ${NumberPrototypeToString(bits)}`, prefix);
    const rest = (1n << BigInt(bits - prefix)) - 1n;
    ArrayPrototypePush(this.#rules, { __proto__: null, first: number & ~rest, last: number | rest, family: its, text: `Subnet: ${label(its)} ${text}/${prefix}` });
  }

  check(address, family = 'ipv4') {
    const given = parse(address, family);
    // An IPv4 address may be written as one of IPv6.
    const isMapped = given.family === 'ipv6' && given.number >> 32n === MAPPED >> 32n;
    for (let i = 0; i < this.#rules.length; i++) {
      const rule = this.#rules[i];
      const number = rule.family === given.family ? given.number : isMapped && rule.family === 'ipv4' ? given.number & 0xffffffffn : null;
      if (number !== null && number >= rule.first && number <= rule.last) return true;
    }
    return false;
  }

  get rules() {
    const texts = [];
    for (let i = this.#rules.length - 1; i >= 0; i--) ArrayPrototypePush(texts, this.#rules[i].text);
    return texts;
  }

  static isBlockList(value) {
    return typeof value === 'object' && value !== null && #rules in value;
  }
}

const label = (family) => (family === 'ipv4' ? 'IPv4' : 'IPv6');
