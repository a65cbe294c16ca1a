// What one run of inspect carries along: its options, where it is, and how much it may still write.

import { ArrayIsArray, ObjectAssign, ObjectKeys } from '../../bootstrap/primordials.js';

/** Options as documented at https://nodejs.org/api/util.html#utilinspectobject-options, with Node's defaults. */
export const defaultOptions = {
  showHidden: false,
  depth: 2,
  colors: false,
  customInspect: true,
  showProxy: false,
  maxArrayLength: 100,
  maxStringLength: 10000,
  breakLength: 80,
  compact: 3,
  sorted: false,
  getters: false,
  numericSeparator: false,
};

const INTERNAL = { __proto__: null, seen: true, circular: true, indentation: true, level: true, budget: true, spent: true, stylize: true };

export const STYLES = {
  __proto__: null,
  special: 'cyan',
  number: 'yellow',
  bigint: 'yellow',
  boolean: 'yellow',
  undefined: 'grey',
  null: 'bold',
  string: 'green',
  symbol: 'green',
  date: 'magenta',
  regexp: 'red',
  module: 'underline',
};

export const COLORS = {
  __proto__: null,
  reset: [0, 0], bold: [1, 22], dim: [2, 22], italic: [3, 23], underline: [4, 24], blink: [5, 25], inverse: [7, 27], hidden: [8, 28],
  strikethrough: [9, 29], doubleunderline: [21, 24], black: [30, 39], red: [31, 39], green: [32, 39], yellow: [33, 39], blue: [34, 39],
  magenta: [35, 39], cyan: [36, 39], white: [37, 39], bgBlack: [40, 49], bgRed: [41, 49], bgGreen: [42, 49], bgYellow: [43, 49],
  bgBlue: [44, 49], bgMagenta: [45, 49], bgCyan: [46, 49], bgWhite: [47, 49], framed: [51, 54], overlined: [53, 55], gray: [90, 39],
  grey: [90, 39], redBright: [91, 39], greenBright: [92, 39], yellowBright: [93, 39], blueBright: [94, 39], magentaBright: [95, 39],
  cyanBright: [96, 39], whiteBright: [97, 39],
};

const plain = (text) => text;

function colored(text, style) {
  const color = COLORS[STYLES[style]];
  return color === undefined ? text : `\u001b[${color[0]}m${text}\u001b[${color[1]}m`;
}

const infinite = (value, fallback) => (value === null ? Infinity : (value ?? fallback));

/**
 * A context for one inspection.  `budget` is the number of characters after which nothing more is looked at: the
 * rest is shown as "...", so that a log line of a huge object costs what is shown of it.
 */
// A text of more is of no use to anybody, and takes the memory of the function.
const MAX_TEXT = 2 ** 24;

export function createContext(options, budget = MAX_TEXT) {
  const context = { ...defaultOptions, ...options, seen: [], circular: undefined, indentation: 0, level: 0, budget, spent: 0 };
  context.maxArrayLength = infinite(context.maxArrayLength, 100);
  context.maxStringLength = infinite(context.maxStringLength, 10000);
  context.depth = infinite(context.depth, 2);
  context.stylize = context.colors ? colored : plain;
  return context;
}

/** The options as a custom inspect function gets them. */
export function userOptions(context) {
  const keys = ObjectKeys(context);
  const options = {};
  for (let i = 0; i < keys.length; i++) if (!INTERNAL[keys[i]]) options[keys[i]] = context[keys[i]];
  options.stylize = (text, style) => `${context.stylize(`${text}`, style)}`;
  return options;
}

/** The legacy positional arguments of util.inspect as options. */
export function legacyOptions(options, rest) {
  if (typeof options === 'object' && options !== null && !ArrayIsArray(options)) return options;
  const legacy = typeof options === 'boolean' ? { showHidden: options } : {};
  if (rest[0] !== undefined) legacy.depth = rest[0];
  if (rest[1] !== undefined) legacy.colors = rest[1];
  if (rest[2] !== undefined) legacy.customInspect = rest[2];
  return ObjectAssign({}, legacy);
}
