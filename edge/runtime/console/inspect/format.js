// printf-like formatting: https://console.spec.whatwg.org/#formatter and util.format of Node.

import {
  ArrayPrototypePush,
  Number,
  NumberParseFloat,
  NumberParseInt,
  JSONStringify,
  ObjectPrototypeHasOwnProperty,
  ReflectGetPrototypeOf,
  RegExpPrototypeExec,
  String,
  StringPrototypeCharCodeAt,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  SymbolToPrimitive,
} from '../../bootstrap/primordials.js';
import { isDate } from '../../node/internal/types.js';
import { isProxy } from '../proxies.js';
import { createContext, defaultOptions } from './context.js';
import { formatBigInt, formatNumber } from './primitive.js';
import { join } from './text.js';
import { dataProperty } from './names.js';
import { formatValue } from './value.js';

const PERCENT = 37;

function inspectWith(context, value, options) {
  const fresh = createContext({ ...context.options, ...options }, context.budget);
  return formatValue(fresh, value, 0);
}

/** Does the object bring a text of its own, by its class or itself?  Builtin ones say less than inspect does. */
function hasOwnText(value) {
  if (isProxy(value)) return false;
  if (!isDate(value) && typeof value[SymbolToPrimitive] === 'function') return true;
  if (ObjectPrototypeHasOwnProperty(value, 'toString')) return typeof dataProperty(value, 'toString') === 'function';
  for (let link = ReflectGetPrototypeOf(value); link !== null && !isProxy(link); link = ReflectGetPrototypeOf(link)) {
    if (typeof dataProperty(link, 'toString') !== 'function') continue;
    const constructor = dataProperty(link, 'constructor');
    return typeof constructor !== 'function' || !isBuiltin(dataProperty(constructor, 'name'));
  }
  return false;
}

const BUILTIN =
  /^(?:Object|Array|Function|RegExp|Date|Map|Set|Promise|Boolean|Number|String|Symbol|BigInt|TypedArray|(?:Eval|Range|Reference|Syntax|Type|URI|Aggregate)?Error)$/;
const isBuiltin = (name) => typeof name === 'string' && RegExpPrototypeExec(BUILTIN, name) !== null;

function formatText(context, value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatNumber(plainly(context), value);
  if (typeof value === 'bigint') return formatBigInt(plainly(context), value);
  if (typeof value !== 'object' || value === null) return String(value);
  try {
    if (hasOwnText(value)) return String(value);
  } catch {
    return inspectWith(context, value, { depth: 0, colors: false, compact: 3 });
  }
  return inspectWith(context, value, { depth: 0, colors: false, compact: 3 });
}

const same = (text) => text;
const plainly = ({ options }) => ({ __proto__: null, stylize: same, numericSeparator: options?.numericSeparator ?? defaultOptions.numericSeparator });

function formatWhole(value, plain) {
  if (typeof value === 'bigint') return formatBigInt(plain, value);
  if (typeof value === 'symbol') return formatNumber(plain, NaN);
  return formatNumber(plain, NumberParseInt(value));
}

function formatDecimal(value, plain) {
  if (typeof value === 'bigint') return formatBigInt(plain, value);
  if (typeof value === 'symbol') return formatNumber(plain, NaN);
  return formatNumber(plain, Number(value));
}

function formatJson(context, value) {
  try {
    return `${JSONStringify(value)}`;
  } catch (error) {
    if (StringPrototypeStartsWith(`${error?.message}`, 'Converting circular')) return '[Circular]';
    // A line of a log is written whatever is in it.
    if (context.budget === Infinity) throw error;
    return `[JSON: ${error?.message}]`;
  }
}

const SPECIFIERS = {
  __proto__: null,
  s: formatText,
  d: (context, value) => guarded(context, formatDecimal, value),
  i: (context, value) => guarded(context, formatWhole, value),
  f: (context, value) => (typeof value === 'symbol' ? 'NaN' : guarded(context, (number, plain) => formatNumber(plain, NumberParseFloat(number)), value)),
  j: formatJson,
  o: (context, value) => inspectWith(context, value, { showHidden: true, showProxy: true, depth: 4 }),
  O: (context, value) => inspectWith(context, value, {}),
  c: () => '',
};

// Conversion to a number runs valueOf of user code.
function guarded(context, format, value) {
  try {
    return format(value, plainly(context));
  } catch {
    return 'NaN';
  }
}

/** The template's text, and how many of `args` it used (template included). */
function fill(context, args) {
  const template = args[0];
  let used = 1;
  let text = '';
  let start = 0;
  for (let i = 0; i < template.length - 1; i++) {
    if (StringPrototypeCharCodeAt(template, i) !== PERCENT) continue;
    const letter = template[i + 1];
    const percent = letter === '%';
    if (!percent && (SPECIFIERS[letter] === undefined || used === args.length)) continue;
    text += StringPrototypeSlice(template, start, i) + (percent ? '%' : SPECIFIERS[letter](context, args[used++]));
    i += 1;
    start = i + 1;
  }
  return { __proto__: null, text: start === 0 ? template : text + StringPrototypeSlice(template, start), used };
}

/**
 * util.formatWithOptions: a template and its values, then the values left over, separated by spaces.
 *
 * @param {object} options of inspect; `args` an array; `budget` the number of characters that one value may take
 */
export function formatAll(options, args, budget = Infinity) {
  if (args.length === 0) return '';
  const context = { __proto__: null, options, budget };
  const parts = [];
  let next = 0;
  if (typeof args[0] === 'string') {
    if (args.length === 1) return args[0];
    const { text, used } = fill(context, args);
    ArrayPrototypePush(parts, text);
    next = used;
  }
  for (; next < args.length; next++) {
    ArrayPrototypePush(parts, typeof args[next] === 'string' ? args[next] : inspectWith(context, args[next]));
  }
  return join(parts, ' ');
}

export const format = (...args) => formatAll({}, args);
export function formatWithOptions(options, ...args) {
  if (typeof options !== 'object' || options === null) throw import('../../node/internal/errors.js').invalidArgType('inspectOptions', 'object', options);
  return formatAll(options, args);
}
