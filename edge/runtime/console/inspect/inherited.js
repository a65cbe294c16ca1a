// Accessors and data of the classes of an object, which `showHidden` shows: https://nodejs.org/api/util.html#utilinspectobject-options

import {
  ArrayPrototypeIncludes, ArrayPrototypePush, ObjectPrototypeHasOwnProperty, ReflectGetOwnPropertyDescriptor, ReflectGetPrototypeOf, ReflectOwnKeys, RegExpPrototypeExec,
} from '../../bootstrap/primordials.js';
import { isProxy } from '../proxies.js';
import { dataProperty } from './names.js';
import { formatProperty } from './property.js';

const MAX_CLASSES = 3;
const CLASS_NAME = /^[A-Z][a-zA-Z0-9]+$/;

function isBuiltin(prototype) {
  const constructor = dataProperty(prototype, 'constructor');
  const name = typeof constructor === 'function' ? dataProperty(constructor, 'name') : undefined;
  return typeof name === 'string' && RegExpPrototypeExec(CLASS_NAME, name) !== null && ObjectPrototypeHasOwnProperty(globalThis, name);
}

/** Adds to `parts` what the prototypes of `value` have, unless they are builtin. */
export function addInherited(context, value, depth, parts) {
  const shown = [];
  let link = ReflectGetPrototypeOf(value);
  for (let i = 0; i < MAX_CLASSES && link !== null && !isProxy(link) && !isBuiltin(link); i++, link = ReflectGetPrototypeOf(link)) {
    const keys = ReflectOwnKeys(link);
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at];
      if (key === 'constructor' || ObjectPrototypeHasOwnProperty(value, key) || ArrayPrototypeIncludes(shown, key)) continue;
      ArrayPrototypePush(shown, key);
      if (typeof ReflectGetOwnPropertyDescriptor(link, key).value === 'function') continue;
      ArrayPrototypePush(parts, formatProperty(context, link, depth, key, 'property', value));
    }
  }
}
