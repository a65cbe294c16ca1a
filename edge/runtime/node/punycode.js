// node:punycode: https://www.rfc-editor.org/rfc/rfc3492

import { MathFloor, MathMax, MathMin, RangeError, String } from '../bootstrap/primordials.js';

const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const INITIAL_N = 128;
const MAX_INT = 0x7fffffff;
const SEPARATORS = /[\u002e\u3002\uff0e\uff61]/g;
const NOT_ASCII = /[^\0-\x7f]/;

function adapt(delta, count, first) {
  let left = first ? MathFloor(delta / DAMP) : delta >> 1;
  left += MathFloor(left / count);
  let k = 0;
  for (; left > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) left = MathFloor(left / (BASE - T_MIN));
  return MathFloor(k + ((BASE - T_MIN + 1) * left) / (left + SKEW));
}

const threshold = (k, bias) => (k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias);
const overflow = () => new RangeError('Overflow: input needs wider integers to process');

function digitOf(code) {
  if (code >= 0x30 && code < 0x3a) return 26 + (code - 0x30);
  if (code >= 0x41 && code < 0x5b) return code - 0x41;
  return code >= 0x61 && code < 0x7b ? code - 0x61 : BASE;
}

const codeOf = (digit) => digit + 22 + 75 * (digit < 26 ? 1 : 0);

// One generalised variable-length integer, from `at`: [value, next].
function readInteger(input, at, bias) {
  let value = 0;
  let weight = 1;
  for (let k = BASE; ; k += BASE) {
    if (at >= input.length) throw new RangeError('Invalid input');
    const digit = digitOf(input.charCodeAt(at++));
    if (digit >= BASE) throw new RangeError('Invalid input');
    if (digit > MathFloor((MAX_INT - value) / weight)) throw overflow();
    value += digit * weight;
    const t = threshold(k, bias);
    if (digit < t) return [value, at];
    if (weight > MathFloor(MAX_INT / (BASE - t))) throw overflow();
    weight *= BASE - t;
  }
}

function decode(input) {
  const output = [];
  const basic = MathMax(input.lastIndexOf('-'), 0);
  for (let j = 0; j < basic; j++) {
    if (input.charCodeAt(j) >= 0x80) throw new RangeError('Illegal input >= 0x80 (not a basic code point)');
    output.push(input.charCodeAt(j));
  }
  let [i, n, bias] = [0, INITIAL_N, INITIAL_BIAS];
  for (let at = basic > 0 ? basic + 1 : 0; at < input.length; ) {
    const before = i;
    const [delta, next] = readInteger(input, at, bias);
    at = next;
    i += delta;
    const count = output.length + 1;
    bias = adapt(i - before, count, before === 0);
    if (MathFloor(i / count) > MAX_INT - n) throw overflow();
    n += MathFloor(i / count);
    i %= count;
    output.splice(i++, 0, n);
  }
  return String.fromCodePoint(...output);
}

function writeInteger(delta, bias) {
  let text = '';
  let q = delta;
  for (let k = BASE; ; k += BASE) {
    const t = threshold(k, bias);
    if (q < t) return text + String.fromCharCode(codeOf(q));
    text += String.fromCharCode(codeOf(t + ((q - t) % (BASE - t))));
    q = MathFloor((q - t) / (BASE - t));
  }
}

function encode(input) {
  const points = ucs2.decode(input);
  let output = String.fromCharCode(...points.filter((point) => point < 0x80));
  const basic = output.length;
  if (basic > 0) output += '-';
  let [n, delta, bias] = [INITIAL_N, 0, INITIAL_BIAS];
  for (let handled = basic; handled < points.length; delta++, n++) {
    const next = MathMin(...points.filter((point) => point >= n));
    if (next - n > MathFloor((MAX_INT - delta) / (handled + 1))) throw overflow();
    delta += (next - n) * (handled + 1);
    n = next;
    for (const point of points) {
      if (point < n && ++delta > MAX_INT) throw overflow();
      if (point !== n) continue;
      output += writeInteger(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic);
      delta = 0;
      handled++;
    }
  }
  return output;
}

const ucs2 = {
  decode(text) {
    const points = [];
    for (let i = 0; i < text.length; i++) {
      const point = text.codePointAt(i);
      if (point > 0xffff) i++;
      points.push(point);
    }
    return points;
  },
  encode: (points) => points.reduce((text, point) => text + String.fromCodePoint(point), ''),
};

/** Applies `change` to each label of a domain or of the domain of an e-mail address. */
function mapDomain(domain, change) {
  const at = domain.indexOf('@');
  const local = at < 0 ? '' : domain.slice(0, at + 1);
  return local + domain.slice(at + 1).replace(SEPARATORS, '.').split('.').map(change).join('.');
}

export default {
  version: '2.1.0',
  ucs2,
  decode,
  encode,
  toASCII: (input) => mapDomain(input, (label) => (NOT_ASCII.test(label) ? `xn--${encode(label)}` : label)),
  toUnicode: (input) => mapDomain(input, (label) => (/^xn--/.test(label) ? decode(label.slice(4).toLowerCase()) : label)),
};
