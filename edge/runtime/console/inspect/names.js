// What an object is called: its class, its tag, or what is left of them.

import {
  FunctionPrototypeToString,
  ObjectHasOwn,
  ObjectPrototypeHasOwnProperty,
  ReflectGetOwnPropertyDescriptor,
  ReflectGetPrototypeOf,
  ReflectOwnKeys,
  StringPrototypeIncludes,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  SymbolToStringTag,
} from '../../bootstrap/primordials.js';
import { isProxy } from '../proxies.js';

/** The data property `key` of an object, never running a getter; undefined without one. */
export function dataProperty(object, key) {
  const descriptor = ReflectGetOwnPropertyDescriptor(object, key);
  return descriptor === undefined || !ObjectHasOwn(descriptor, 'value') ? undefined : descriptor.value;
}

function isInstance(object, constructor) {
  const prototype = dataProperty(constructor, 'prototype');
  if ((typeof prototype !== 'object' && typeof prototype !== 'function') || prototype === null) return false;
  for (let link = ReflectGetPrototypeOf(object); link !== null; link = isProxy(link) ? null : ReflectGetPrototypeOf(link)) {
    if (link === prototype) return true;
  }
  return false;
}

/** The name of the nearest constructor in the prototype chain; null when there is none. */
function nearestConstructor(object) {
  for (let link = object; link !== null && !isProxy(link); link = ReflectGetPrototypeOf(link)) {
    const constructor = dataProperty(link, 'constructor');
    if (typeof constructor === 'function' && !isProxy(constructor)) {
      const name = dataProperty(constructor, 'name');
      if (typeof name === 'string' && name !== '' && isInstance(object, constructor)) return name;
    }
  }
  return null;
}

const MAX_PROTOTYPES = 3;

function prototypeText(prototype, hops) {
  if (isProxy(prototype) || hops > MAX_PROTOTYPES) return 'Complex prototype';
  const name = nearestConstructor(prototype);
  if (name !== null) return name;
  const next = ReflectGetPrototypeOf(prototype);
  if (next !== null) return `Object <${prototypeText(next, hops + 1)}>`;
  return `[Object: null prototype]${ReflectOwnKeys(prototype).length === 0 ? ' {}' : ''}`;
}

/**
 * What an object's class is called: `Name`, null for an object without prototype, `Fallback <prototype>` where the
 * chain has no constructor.
 */
export function constructorName(object, fallback) {
  const name = nearestConstructor(object);
  if (name !== null) return name;
  const prototype = ReflectGetPrototypeOf(object);
  return prototype === null ? null : `${fallback} <${prototypeText(prototype, 0)}>`;
}

/** Symbol.toStringTag when it adds something to what is printed anyway; '' otherwise. */
export function tagOf(object, name) {
  for (let link = object; link !== null && !isProxy(link); link = ReflectGetPrototypeOf(link)) {
    const descriptor = ReflectGetOwnPropertyDescriptor(link, SymbolToStringTag);
    if (descriptor === undefined) continue;
    if (link === object && descriptor.enumerable) return '';
    const tag = tagValue(object, descriptor);
    return typeof tag === 'string' && !(name !== null && StringPrototypeIncludes(name, tag)) ? tag : '';
  }
  return '';
}

function tagValue(object, descriptor) {
  if (ObjectHasOwn(descriptor, 'value')) return descriptor.value;
  try {
    return object[SymbolToStringTag];
  } catch {
    return '';
  }
}

/** `Name(size) [Tag] `, as it stands before the opening brace. */
export function prefix(name, tag, fallback, size = '') {
  const suffix = tag === '' ? ' ' : ` [${tag}] `;
  if (name === null) {
    const base = `[${fallback}${size}: null prototype] `;
    return tag !== '' && fallback !== tag ? `${base}[${tag}] ` : base;
  }
  return `${name}${size}${suffix}`;
}

function classBase(object, name, tag) {
  const own = dataProperty(object, 'name');
  const called = ObjectPrototypeHasOwnProperty(object, 'name') && typeof own === 'string' && own !== '' ? own : '(anonymous)';
  let text = `class ${called}`;
  if (name !== 'Function' && name !== null) text += ` [${name}]`;
  if (tag !== '' && name !== tag) text += ` [${tag}]`;
  if (name === null) return `[${text} extends [null prototype]]`;
  const parent = ReflectGetPrototypeOf(object);
  const parentName = isProxy(parent) ? '' : dataProperty(parent, 'name');
  if (typeof parentName === 'string' && parentName !== '') text += ` extends ${parentName}`;
  return `[${text}]`;
}

const KINDS = {
  __proto__: null,
  AsyncFunction: 'AsyncFunction',
  GeneratorFunction: 'GeneratorFunction',
  AsyncGeneratorFunction: 'AsyncGeneratorFunction',
};

/** A function without its properties: `[Function: name]`, `[class A extends B]`, `[AsyncFunction (anonymous)]`. */
export function functionBase(object, name, tag) {
  const source = FunctionPrototypeToString(object);
  if (StringPrototypeStartsWith(source, 'class') && StringPrototypeIndexOf(source, '{') > 0 && StringPrototypeSlice(source, -1) === '}') {
    if (StringPrototypeIndexOf(' {/\n\t', source[5]) >= 0) return classBase(object, name, tag);
  }
  const kind = KINDS[name] ?? 'Function';
  let text = `[${kind}`;
  if (name === null) text += ' (null prototype)';
  const own = dataProperty(object, 'name');
  text += typeof own === 'string' && own !== '' ? `: ${own}]` : ' (anonymous)]';
  if (name !== kind && name !== null && name !== 'Function') text += ` ${name}`;
  if (tag !== '' && name !== tag && tag !== kind) text += ` [${tag}]`;
  return text;
}
