// Objects as contexts: a proxy in front of one is the scope in which code of node:vm runs.

import {
  Function, ObjectPrototypeHasOwnProperty, Proxy, ReflectApply, ReflectDefineProperty, ReflectDeleteProperty, ReflectGet, ReflectGetOwnPropertyDescriptor, ReflectHas, ReflectOwnKeys, ReflectSet,
  RegExp, RegExpPrototypeExec, SafeSet, SafeWeakMap, SetPrototypeForEach, SymbolUnscopables,
} from '../../bootstrap/primordials.js';

const CODE = '__edge_vm_code__';
const KEEP = '__edge_vm_keep__';

let scopes = null;
let builtins = null;

// What every realm has; the rest of a function's globals are not for contexts, as in Node.
const names = () => new SafeSet([
  'AggregateError', 'Array', 'ArrayBuffer', 'Atomics', 'BigInt', 'BigInt64Array', 'BigUint64Array', 'Boolean', 'DataView', 'Date', 'Error', 'EvalError', 'FinalizationRegistry', 'Float32Array',
  'Float64Array', 'Function', 'Infinity', 'Int16Array', 'Int32Array', 'Int8Array', 'Intl', 'Iterator', 'JSON', 'Map', 'Math', 'NaN', 'Number', 'Object', 'Promise', 'Proxy', 'RangeError', 'ReferenceError',
  'Reflect', 'RegExp', 'Set', 'SharedArrayBuffer', 'String', 'Symbol', 'SyntaxError', 'TypeError', 'URIError', 'Uint16Array', 'Uint32Array', 'Uint8Array', 'Uint8ClampedArray', 'WeakMap', 'WeakRef', 'WeakSet',
  'WebAssembly', 'console', 'decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'eval', 'isFinite', 'isNaN', 'parseFloat', 'parseInt', 'undefined', 'unescape',
]);

/** Makes a context of an object, once. */
export function make(object) {
  scopes ??= new SafeWeakMap();
  builtins ??= names();
  if (!scopes.has(object)) scopes.set(object, scopeOf(object));
}

export const isMade = (object) => scopes !== null && scopes.has(object);

function scopeOf(object) {
  const state = { __proto__: null, starting: false, scope: null, declared: null };
  state.scope = new Proxy(object, {
    __proto__: null,
    // Every name is one of the context: what is assigned to it stays there.
    has: (_, name) => !(state.starting && name === 'eval') && name !== CODE && name !== '__edge_vm_result__' && !(state.declared !== null && state.declared.has(name)),
    get(target, name) {
      if (name === SymbolUnscopables) return undefined;
      if (ReflectHas(target, name) && !(name === 'eval' && !ObjectPrototypeHasOwnProperty(target, name))) return ReflectGet(target, name);
      if (name === 'globalThis') return state.scope;
      return typeof name === 'string' && builtins.has(name) ? globalThis[name] : undefined;
    },
    set: (target, name, value) => ReflectSet(target, name, value),
    deleteProperty: ReflectDeleteProperty,
    defineProperty: ReflectDefineProperty,
    getOwnPropertyDescriptor: ReflectGetOwnPropertyDescriptor,
    ownKeys: ReflectOwnKeys,
  });
  return state;
}

const DECLARED = /(?:^|[;{}\n])\s*(?:async\s+)?function\s*\*?\s*([A-Za-z_$][\w$]*)/g;

/** Names of functions that a script declares: they live beside the scope, and are given to the context behind it. */
function declaredIn(code) {
  const found = new SafeSet();
  const pattern = new RegExp(DECLARED);
  for (let one = RegExpPrototypeExec(pattern, code); one !== null; one = RegExpPrototypeExec(pattern, code)) found.add(one[1]);
  return found;
}

function keeper(found) {
  let pairs = '';
  SetPrototypeForEach(found, (name) => { pairs += `['${name}',typeof ${name}==='function'?${name}:undefined],`; });
  return `[${pairs}]`;
}

/** The value of code that runs in the scope of a context. */
export function evaluateIn(object, code) {
  const state = scopes.get(object);
  const declared = declaredIn(code);
  // A function of the sloppy kind, as only that has `with`; its eval is the direct one, which sees the scope.
  const run = evaluator(CODE, KEEP);
  state.starting = true;
  state.declared = declared;
  try {
    const result = ReflectApply(run, state.scope, [state.scope, () => {
      state.starting = false;
      return code;
    }, keeper(declared)]);
    for (let i = 0; i < result.functions.length; i++) if (result.functions[i][1] !== undefined) object[result.functions[i][0]] = result.functions[i][1];
    return result.value;
  } finally {
    state.starting = false;
    state.declared = null;
  }
}

// eslint-disable-next-line no-restricted-syntax -- this module is for text that the function compiles
const evaluator = (code, keep) => new Function('scope', code, keep, `const __edge_vm_result__ = {}; with (scope) { __edge_vm_result__.value = eval(${code}()); } __edge_vm_result__.functions = eval(${keep}); return __edge_vm_result__;`);
const indirectly = eval;

/** The value of code that runs as a script of the function's own realm. */
export const evaluateGlobally = (code) => indirectly(code);
