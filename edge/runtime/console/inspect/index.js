// util.inspect: https://nodejs.org/api/util.html#utilinspectobject-options

import { ObjectDefineProperties, ObjectAssign, TypeError } from '../../bootstrap/primordials.js';
import { COLORS, createContext, defaultOptions, legacyOptions, STYLES } from './context.js';
import { customInspect, formatValue, setInspect } from './value.js';

/** The text of any value.  Never throws because of the value, unless its own custom inspect function does. */
export function inspect(value, options, ...rest) {
  return formatValue(createContext(legacyOptions(options, rest)), value, 0);
}

/** The same for one line of a log: nothing is looked at after `budget` characters. */
export function inspectWithin(budget, value, options) {
  const context = createContext(options, budget);
  return formatValue(context, value, 0);
}

setInspect(inspect);

ObjectDefineProperties(inspect, {
  custom: { __proto__: null, value: customInspect, writable: false, enumerable: true, configurable: false },
  styles: { __proto__: null, value: STYLES, writable: true, enumerable: true, configurable: true },
  colors: { __proto__: null, value: COLORS, writable: true, enumerable: true, configurable: true },
  defaultOptions: {
    __proto__: null,
    get: () => defaultOptions,
    set(options) {
      if (typeof options !== 'object' || options === null) throw new TypeError('The "options" argument must be of type object');
      ObjectAssign(defaultOptions, options);
    },
    enumerable: true,
    configurable: true,
  },
});
