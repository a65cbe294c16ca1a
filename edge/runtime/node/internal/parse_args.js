// util.parseArgs: https://nodejs.org/api/util.html#utilparseargsconfig

import {
  ArrayIsArray, ArrayPrototypePush, ArrayPrototypeShift, ArrayPrototypeSlice, ArrayPrototypeUnshift, JSONStringify, ObjectKeys, ObjectPrototypeHasOwnProperty, StringPrototypeIndexOf, StringPrototypeSlice, StringPrototypeStartsWith, TypeError,
} from '../../bootstrap/primordials.js';
import { coded, invalidArgType, invalidArgValue, validateBoolean, validateObject, validateString } from './errors.js';

const own = (object, name) => (ObjectPrototypeHasOwnProperty(object, name) ? object[name] : undefined);

function checkDefault(value, { type, multiple }, where) {
  const check = (one, at) => {
    if (typeof one !== type) throw invalidArgType(at, type, one);
  };
  if (!multiple) check(value, where);
  else if (!ArrayIsArray(value)) throw invalidArgType(where, 'Array', value);
  else for (let i = 0; i < value.length; i++) check(value[i], `${where}[${i}]`);
}

function checkOptions(options) {
  validateObject(options, 'options');
  const names = ObjectKeys(options);
  for (let i = 0; i < names.length; i++) {
    const where = `options.${names[i]}`;
    const option = options[names[i]];
    validateObject(option, where);
    const type = own(option, 'type');
    if (type !== 'string' && type !== 'boolean') throw invalidArgType(`${where}.type`, "('string|boolean')", type);
    const short = own(option, 'short');
    if (short !== undefined) {
      validateString(short, `${where}.short`);
      if (short.length !== 1) throw invalidArgValue(`${where}.short`, short, 'must be a single character');
    }
    const multiple = own(option, 'multiple');
    if (multiple !== undefined) validateBoolean(multiple, `${where}.multiple`);
    const standard = own(option, 'default');
    if (standard !== undefined) checkDefault(standard, { __proto__: null, type, multiple }, `${where}.default`);
  }
}

function longOf(short, options) {
  const names = ObjectKeys(options);
  for (let i = 0; i < names.length; i++) if (own(options[names[i]], 'short') === short) return names[i];
  return short;
}

const typeOf = (name, options) => (ObjectPrototypeHasOwnProperty(options, name) ? options[name].type : undefined);
const isValue = (arg) => arg !== undefined && arg !== null && (arg === '-' || !StringPrototypeStartsWith(arg, '-'));

/** The arguments as `{kind, index, name, rawName, value, inlineValue}`. */
function tokensOf(args, options) {
  const tokens = [];
  const rest = ArrayPrototypeSlice(args);
  let index = -1;
  let group = 0;
  while (rest.length > 0) {
    const arg = ArrayPrototypeShift(rest);
    const next = rest[0];
    if (group > 0) group--;
    else index++;
    if (arg === '--') {
      ArrayPrototypePush(tokens, { kind: 'option-terminator', index });
      for (let i = 0; i < rest.length; i++) ArrayPrototypePush(tokens, { kind: 'positional', index: ++index, value: rest[i] });
      break;
    }
    if (arg.length === 2 && arg[0] === '-' && arg[1] !== '-') {
      const name = longOf(arg[1], options);
      const takes = typeOf(name, options) === 'string' && next !== undefined;
      ArrayPrototypePush(tokens, { kind: 'option', name, rawName: arg, index, value: takes ? ArrayPrototypeShift(rest) : undefined, inlineValue: takes ? false : undefined });
      if (takes) index++;
    } else if (arg.length > 2 && arg[0] === '-' && arg[1] !== '-') group = shorts(arg, index, rest, group, tokens, options);
    else if (StringPrototypeStartsWith(arg, '--')) index = long(arg, index, rest, tokens, options);
    else ArrayPrototypePush(tokens, { kind: 'positional', index, value: arg });
  }
  return tokens;
}

// A group such as -abc, or a short option with its value behind it.
function shorts(arg, index, rest, group, tokens, options) {
  if (typeOf(longOf(arg[1], options), options) === 'string') {
    const name = longOf(arg[1], options);
    ArrayPrototypePush(tokens, { kind: 'option', name, rawName: `-${arg[1]}`, index, value: StringPrototypeSlice(arg, 2), inlineValue: true });
    return group;
  }
  const expanded = [];
  for (let i = 1; i < arg.length; i++) {
    const isLast = i === arg.length - 1;
    if (typeOf(longOf(arg[i], options), options) !== 'string' || isLast) ArrayPrototypePush(expanded, `-${arg[i]}`);
    else {
      ArrayPrototypePush(expanded, `-${StringPrototypeSlice(arg, i)}`);
      break;
    }
  }
  for (let i = expanded.length - 1; i >= 0; i--) ArrayPrototypeUnshift(rest, expanded[i]);
  return expanded.length;
}

function long(arg, index, rest, tokens, options) {
  const equals = StringPrototypeIndexOf(arg, '=', 3);
  if (equals >= 0) {
    const name = StringPrototypeSlice(arg, 2, equals);
    ArrayPrototypePush(tokens, { kind: 'option', name, rawName: `--${name}`, index, value: StringPrototypeSlice(arg, equals + 1), inlineValue: true });
    return index;
  }
  const name = StringPrototypeSlice(arg, 2);
  const takes = typeOf(name, options) === 'string' && rest[0] !== undefined;
  ArrayPrototypePush(tokens, { kind: 'option', name, rawName: arg, index, value: takes ? ArrayPrototypeShift(rest) : undefined, inlineValue: takes ? false : undefined });
  return takes ? index + 1 : index;
}

const problem = (code, message) => coded(TypeError, code, message);

function checkValue(token, options) {
  const { name, rawName, value, inlineValue } = token;
  const option = options[name];
  const short = own(option, 'short');
  const shown = `${short ? `-${short}, ` : ''}--${name}`;
  if (option.type === 'string' && typeof value !== 'string') throw problem('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${shown} <value>' argument missing`);
  if (option.type === 'boolean' && value !== undefined && value !== null) throw problem('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${shown}' does not take an argument`);
  // What looks like the next option may be a value that was forgotten.
  if (!inlineValue && typeof value === 'string' && !isValue(value) && value.length > 1) {
    const isShort = !StringPrototypeStartsWith(rawName, '--');
    throw problem('ERR_PARSE_ARGS_INVALID_OPTION_VALUE', `Option '${rawName}' argument is ambiguous.\nDid you forget to specify the option argument for '${rawName}'?\n`
      + `To specify an option argument starting with a dash use '${isShort ? `--${name}` : rawName}=-XYZ'${isShort ? ` or '${rawName}-XYZ'` : ''}.`);
  }
}

function unknown({ rawName }, { allowPositionals }) {
  const hint = allowPositionals ? `. To specify a positional argument starting with a '-', place it at the end of the command after '--', as in '-- ${JSONStringify(rawName)}'` : '';
  return problem('ERR_PARSE_ARGS_UNKNOWN_OPTION', `Unknown option '${rawName}'${hint}`);
}

/** The name and the value of an option, negated ones included. */
function resolved(token, options, allowNegative) {
  const { name, value } = token;
  if (!allowNegative || !StringPrototypeStartsWith(name, 'no-') || typeOf(name, options) !== undefined) return { __proto__: null, name, value: value ?? true };
  const positive = StringPrototypeSlice(name, 3);
  return { __proto__: null, name: positive, value: value ?? false, negated: typeOf(positive, options) };
}

function store(values, name, value, options) {
  if (name === '__proto__') return;
  if (!own(options[name] ?? {}, 'multiple')) values[name] = value;
  else if (values[name] === undefined) values[name] = [value];
  else ArrayPrototypePush(values[name], value);
}

export function parseArgs(config = {}) {
  validateObject(config, 'config');
  const { strict = true, allowNegative = false, tokens: wantsTokens = false, options = {} } = config;
  const args = config.args ?? ArrayPrototypeSlice(import('../process.js').default.argv, 2);
  const allowPositionals = config.allowPositionals ?? !strict;
  if (!ArrayIsArray(args)) throw invalidArgType('args', 'Array', args);
  validateBoolean(strict, 'strict');
  validateBoolean(allowPositionals, 'allowPositionals');
  validateBoolean(allowNegative, 'allowNegative');
  validateBoolean(wantsTokens, 'tokens');
  checkOptions(options);
  const tokens = tokensOf(args, options);
  const result = { values: { __proto__: null }, positionals: [] };
  if (wantsTokens) result.tokens = tokens;
  for (let i = 0; i < tokens.length; i++) take(tokens[i], result, options, { __proto__: null, strict, allowPositionals, allowNegative });
  addDefaults(result.values, options);
  return result;
}

function take(token, result, options, config) {
  if (token.kind === 'positional') {
    if (!config.allowPositionals) throw problem('ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL', `Unexpected argument '${token.value}'. This command does not take positional arguments`);
    ArrayPrototypePush(result.positionals, token.value);
  } else if (token.kind === 'option') {
    const { name, value, negated } = resolved(token, options, config.allowNegative);
    if (config.strict) {
      if (typeOf(name, options) === undefined || (negated !== undefined && negated !== 'boolean')) throw unknown(token, config);
      if (negated === undefined) checkValue(token, options);
    }
    store(result.values, name, value, options);
  }
}

function addDefaults(values, options) {
  const names = ObjectKeys(options);
  for (let i = 0; i < names.length; i++) {
    const standard = own(options[names[i]], 'default');
    if (standard !== undefined && values[names[i]] === undefined) values[names[i]] = standard;
  }
}
