// One property: its name and its value, or what kind of accessor it is.

import {
  ObjectHasOwn,
  ReflectApply,
  ReflectGetOwnPropertyDescriptor,
  RegExpPrototypeExec,
  StringPrototypeRepeat,
  SymbolPrototypeToString,
} from '../../bootstrap/primordials.js';
import { quote, width } from './text.js';
import { formatValue, spend } from './value.js';

const PLAIN_KEY = /^[a-zA-Z_][a-zA-Z_0-9]*$/;

/** `key: value`; an array's entries are shown without their index.  Accessors of a prototype are read of a `receiver`. */
export function formatProperty(context, value, depth, key, position, receiver = value) {
  const descriptor = ReflectGetOwnPropertyDescriptor(value, key) ?? { value: value[key], enumerable: true };
  let separator = ' ';
  let text;
  if (!ObjectHasOwn(descriptor, 'value')) {
    text = formatAccessor(context, receiver, depth, descriptor);
  } else {
    const indent = context.compact !== true || position !== 'property' ? 2 : 3;
    context.indentation += indent;
    text = formatValue(context, descriptor.value, depth);
    if (indent === 3 && context.breakLength < width(text)) separator = `\n${StringPrototypeRepeat(' ', context.indentation)}`;
    context.indentation -= indent;
  }
  if (position === 'entry') return text;
  return `${propertyName(context, key, descriptor)}:${separator}${text}`;
}

function propertyName(context, key, descriptor) {
  let name;
  if (typeof key === 'symbol') {
    const text = context.stylize(SymbolPrototypeToString(key), 'symbol');
    name = descriptor.enumerable === false ? `[${text}]` : text;
  } else if (key === '__proto__') name = "['__proto__']";
  else if (descriptor.enumerable === false) name = `[${key}]`;
  else if (RegExpPrototypeExec(PLAIN_KEY, key) !== null) name = context.stylize(key, 'name');
  else name = context.stylize(quote(key), 'string');
  return spend(context, name);
}

function formatAccessor(context, value, depth, descriptor) {
  const label = descriptor.get === undefined ? 'Setter' : descriptor.set === undefined ? 'Getter' : 'Getter/Setter';
  const wanted = descriptor.set === undefined ? 'get' : 'set';
  const shown = context.getters === true || context.getters === wanted;
  if (descriptor.get === undefined || !shown) return context.stylize(`[${label}]`, 'special');
  try {
    context.indentation += 2;
    const found = ReflectApply(descriptor.get, value, []);
    const inner = formatValue(context, found, depth);
    if (found !== null && typeof found === 'object') return `${context.stylize(`[${label}]`, 'special')} ${inner}`;
    return `${context.stylize(`[${label}:`, 'special')} ${inner}${context.stylize(']', 'special')}`;
  } catch (error) {
    const message = error !== null && typeof error === 'object' && typeof error.message === 'string' ? error.message : 'unknown';
    return context.stylize(`[${label}: <Inspection threw (${message})>]`, 'special');
  } finally {
    context.indentation -= 2;
  }
}
