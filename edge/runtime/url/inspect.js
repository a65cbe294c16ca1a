// What util.inspect shows of URLs and their parameters, as Node shows them.

import { ArrayPrototypeJoin, ArrayPrototypeMap, ReflectGetPrototypeOf } from '../bootstrap/primordials.js';
import { inspect } from '../console/inspect/index.js';
import { platformState } from '../console/inspect/platform.js';

const BREAK_LENGTH = 80;

const classOf = (value, name) => ReflectGetPrototypeOf(value)?.constructor?.name || name;

function inner(depth, options) {
  return typeof depth === 'number' ? { ...options, depth: depth - 1 } : { ...options };
}

export function inspectURL(url, depth, options = {}) {
  const name = classOf(url, 'URL');
  if (typeof depth === 'number' && depth < 0) return `${name} {}`;
  return `${name} ${inspect(platformState(url), { ...options, customInspect: true })}`;
}

/** Texts of items between braces, all on one line or each on its own. */
function layOut(name, items, options) {
  if (items.length === 0) return `${name} {}`;
  const line = ArrayPrototypeJoin(items, ', ');
  const plain = options.colors === true ? import('../node/util.js').default.stripVTControlCharacters(line) : line;
  return plain.length > (options.breakLength ?? BREAK_LENGTH) ? `${name} {\n  ${ArrayPrototypeJoin(items, ',\n  ')} }` : `${name} { ${line} }`;
}

export function inspectPairs(params, pairs, depth, options = {}) {
  if (typeof depth === 'number' && depth < 0) return typeof options.stylize === 'function' ? options.stylize('[Object]', 'special') : '[Object]';
  const own = inner(depth, options);
  return layOut(classOf(params, 'URLSearchParams'), ArrayPrototypeMap(pairs, (pair) => `${inspect(pair[0], own)} => ${inspect(pair[1], own)}`), options);
}

/** What an iterator has yet to give. */
export function inspectIterator(name, items, depth, options = {}) {
  if (typeof depth === 'number' && depth < 0) return typeof options.stylize === 'function' ? options.stylize('[Object]', 'special') : '[Object]';
  const own = inner(depth, options);
  const texts = ArrayPrototypeMap(items, (item) => inspect(item, own));
  return texts.length === 0 ? `${name} {  }` : layOut(name, texts, options);
}
