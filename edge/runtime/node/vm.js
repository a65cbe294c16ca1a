// node:vm: https://nodejs.org/api/vm.html
//
// A function has one realm: code for a context runs in this one, with the properties of the context's object as its
// globals and the builtins of the language beside them.  As in Node, this keeps nobody in who wants out.

import { ArrayIsArray, ArrayPrototypeJoin, ArrayPrototypePush, Function, PromiseReject, ReflectConstruct, Symbol } from '../bootstrap/primordials.js';
import { invalidArgType, unsupported, validateObject, validateString } from './internal/errors.js';
import { named } from './internal/named.js';
import { evaluateGlobally, evaluateIn, isMade, make } from './internal/vm_context.js';

const constants = { __proto__: null, DONT_CONTEXTIFY: Symbol('vm_context_no_contextify'), USE_MAIN_CONTEXT_DEFAULT_LOADER: Symbol('vm_dynamic_import_main_context_default') };

/** `{filename}` of options, which may be a file name alone. */
function optionsOf(options) {
  if (options === undefined || options === null) return { __proto__: null };
  if (typeof options === 'string') return { __proto__: null, filename: options };
  validateObject(options, 'options');
  if (options.filename !== undefined) validateString(options.filename, 'options.filename');
  return options;
}

// The name is for stacks alone.
function withName(code, { filename }) {
  return filename === undefined ? code : `${code}\n//# sourceURL=${filename}`;
}

function createContext(object = {}, options = undefined) {
  if (object === constants.DONT_CONTEXTIFY) object = {};
  if (typeof object !== 'object' && typeof object !== 'function') throw invalidArgType('contextObject', 'object', object);
  if (object === null) throw invalidArgType('contextObject', 'object', object);
  optionsOf(options);
  make(object);
  return object;
}

function isContext(object) {
  if ((typeof object !== 'object' && typeof object !== 'function') || object === null) throw invalidArgType('object', 'Object', object);
  return isMade(object);
}

function checkContext(object) {
  if ((typeof object !== 'object' && typeof object !== 'function') || object === null) throw invalidArgType('contextifiedObject', 'object', object);
  if (!isMade(object)) throw invalidArgType('contextifiedObject', 'vm.Context', object);
}

class Script {
  #code;

  constructor(code, options = undefined) {
    const known = optionsOf(options);
    this.#code = withName(`${code}`, known);
    // What is no script is told now.
    // eslint-disable-next-line no-restricted-syntax -- it is what this module is for
    void new Function(this.#code);
    this.cachedDataRejected = known.cachedData === undefined ? undefined : true;
    this.sourceMapURL = undefined;
  }

  runInThisContext() { return evaluateGlobally(this.#code); }

  runInContext(object) {
    checkContext(object);
    return evaluateIn(object, this.#code);
  }

  runInNewContext(object, options) {
    return evaluateIn(createContext(object, options), this.#code);
  }

  createCachedData() {
    throw unsupported('vm.Script.createCachedData', 'compiled code belongs to the engine');
  }
}

function compileFunction(code, params = [], options = undefined) {
  validateString(code, 'code');
  if (!ArrayIsArray(params)) throw invalidArgType('params', 'Array', params);
  const known = optionsOf(options);
  for (let i = 0; i < params.length; i++) validateString(params[i], `params[${i}]`);
  const list = [];
  for (let i = 0; i < params.length; i++) ArrayPrototypePush(list, params[i]);
  ArrayPrototypePush(list, withName(code, known));
  const context = known.parsingContext;
  if (context === undefined) return ReflectConstruct(Function, list);
  checkContext(context);
  return evaluateIn(context, `(function (${ArrayPrototypeJoin(params, ',')}) {${code}\n})`);
}

export default {
  Script: named('Script', Script),
  compileFunction: named('compileFunction', compileFunction),
  constants,
  createContext: named('createContext', createContext),
  createScript: named('createScript', (code, options) => new Script(code, options)),
  isContext: named('isContext', isContext),
  measureMemory: named('measureMemory', () => PromiseReject(unsupported('vm.measureMemory', 'an isolate cannot measure itself'))),
  runInContext: named('runInContext', (code, object, options) => new Script(code, options).runInContext(object)),
  // Callable with `new`, as a function of Node's is.
  runInNewContext: function runInNewContext(code, object, options) { return new Script(code, typeof object === 'string' ? object : options).runInNewContext(typeof object === 'string' ? undefined : object); },
  runInThisContext: named('runInThisContext', (code, options) => new Script(code, options).runInThisContext()),
};
