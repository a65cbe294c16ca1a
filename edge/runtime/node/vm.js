// node:vm: https://nodejs.org/api/vm.html
//
// Contexts are contexts of V8 in the function's own isolate.  As in Node, they keep nobody in who wants out: what a context
// is made of are objects of the function.

import {
  ArrayBufferIsView, ArrayIsArray, ArrayPrototypeJoin, ArrayPrototypePush, ArrayPrototypeSlice, DataViewPrototypeGetBuffer, DataViewPrototypeGetByteLength, DataViewPrototypeGetByteOffset, FinalizationRegistry, FinalizationRegistryPrototypeRegister, Function,
  ObjectDefineProperty, PromiseReject, ReflectConstruct, RegExpPrototypeExec, Symbol, TypeError, TypedArrayPrototypeGetSymbolToStringTag, Uint8Array,
} from '../bootstrap/primordials.js';
import { evalError, isEvalForbidden } from '../bootstrap/no_eval.js';
import { cacheOfScript, compileScript, dropScript } from '../bootstrap/scripts.js';
import { bufferOver } from './internal/buffer/class.js';
import { coded, invalidArgType, invalidArgValue, received, unsupported, validateBoolean, validateInteger, validateObject, validateString } from './internal/errors.js';
import { named } from './internal/named.js';
import { ask, isMade, make, runIn } from './internal/vm_context.js';

const MAX_OFFSET = 2 ** 31 - 1;
const constants = { __proto__: null, DONT_CONTEXTIFY: Symbol('vm_context_no_contextify'), USE_MAIN_CONTEXT_DEFAULT_LOADER: Symbol('vm_dynamic_import_main_context_default') };
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';

/** Options, which may be a file name alone, as plain values. */
function optionsOf(options) {
  if (options === undefined || options === null) return { __proto__: null };
  if (typeof options === 'string') return { __proto__: null, filename: options };
  validateObject(options, 'options');
  return options;
}

function sourceOptions(options) {
  const { filename = 'evalmachine.<anonymous>', lineOffset = 0, columnOffset = 0, cachedData, produceCachedData = false, importModuleDynamically } = optionsOf(options);
  validateString(filename, 'options.filename');
  validateInteger(lineOffset, 'options.lineOffset', -MAX_OFFSET - 1, MAX_OFFSET);
  validateInteger(columnOffset, 'options.columnOffset', -MAX_OFFSET - 1, MAX_OFFSET);
  if (cachedData !== undefined && !ArrayBufferIsView(cachedData)) throw invalidArgType('options.cachedData', ['Buffer', 'TypedArray', 'DataView'], cachedData);
  validateBoolean(produceCachedData, 'options.produceCachedData');
  if (importModuleDynamically !== undefined && typeof importModuleDynamically !== 'function' && importModuleDynamically !== constants.USE_MAIN_CONTEXT_DEFAULT_LOADER) {
    throw invalidArgType('options.importModuleDynamically', ['function', 'symbol'], importModuleDynamically);
  }
  return { __proto__: null, name: filename, line: lineOffset, column: columnOffset, cached: cachedData, produce: produceCachedData };
}

function runOptions(options = {}) {
  validateObject(options, 'options');
  const { timeout = 0, displayErrors = true, breakOnSigint = false } = options;
  if (options.timeout !== undefined) validateInteger(timeout, 'options.timeout', 1, 2 ** 32 - 1);
  validateBoolean(displayErrors, 'options.displayErrors');
  validateBoolean(breakOnSigint, 'options.breakOnSigint');
  return timeout;
}

function createContext(object = {}, options = {}) {
  const bare = object === constants.DONT_CONTEXTIFY;
  if (!bare && !isObject(object)) throw invalidArgType('contextObject', 'object', object);
  validateObject(options, 'options');
  const { name, origin, codeGeneration, microtaskMode, importModuleDynamically } = options;
  if (name !== undefined) validateString(name, 'options.name');
  if (origin !== undefined) validateString(origin, 'options.origin');
  if (codeGeneration !== undefined) validateObject(codeGeneration, 'options.codeGeneration');
  const { strings = true, wasm = true } = codeGeneration ?? {};
  validateBoolean(strings, 'options.codeGeneration.strings');
  validateBoolean(wasm, 'options.codeGeneration.wasm');
  if (microtaskMode !== undefined && microtaskMode !== 'afterEvaluate') throw invalidArgValue('options.microtaskMode', microtaskMode, "must be one of: 'afterEvaluate', undefined");
  if (microtaskMode === 'afterEvaluate') throw unsupported("vm.createContext with microtaskMode 'afterEvaluate'", 'all contexts of a function share one queue of microtasks');
  void importModuleDynamically;
  return make(bare ? null : object, { strings, wasm });
}

function isContext(object) {
  if (!isObject(object)) throw invalidArgType('object', 'Object', object);
  return isMade(object);
}

function checkContext(object) {
  if (!isObject(object)) throw invalidArgType('contextifiedObject', 'object', object);
  if (!isMade(object)) throw coded(TypeError, 'ERR_INVALID_ARG_TYPE', `The "contextifiedObject" argument must be an vm.Context.${received(object)}`, checkContext);
}

function bytesOf(view) {
  if (TypedArrayPrototypeGetSymbolToStringTag(view) !== undefined) return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return new Uint8Array(DataViewPrototypeGetBuffer(view), DataViewPrototypeGetByteOffset(view), DataViewPrototypeGetByteLength(view));
}

const plain = (target, name, value) => ObjectDefineProperty(target, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });

let registry = null;

// V8 keeps a compiled script for as long as the host has its number.
function keepFor(owner, script) {
  registry ??= new FinalizationRegistry((number) => dropScript(ask, number));
  FinalizationRegistryPrototypeRegister(registry, owner, script);
}

class Script {
  #script;

  constructor(code, options = {}) {
    code = `${code}`;
    const { name, line, column, cached, produce } = sourceOptions(options);
    const made = compileScript(ask, code, { name, line, column, cached: cached === undefined ? undefined : bytesOf(cached) });
    this.#script = made.script;
    keepFor(this, made.script);
    if (cached !== undefined) plain(this, 'cachedDataRejected', made.rejected === true);
    if (produce) {
      plain(this, 'cachedDataProduced', true);
      plain(this, 'cachedData', this.createCachedData());
    }
    plain(this, 'sourceMapURL', mapOf(code));
  }

  runInThisContext(options = undefined) {
    return runIn(null, this.#script, runOptions(options));
  }

  runInContext(contextifiedObject, options = undefined) {
    checkContext(contextifiedObject);
    return runIn(contextifiedObject, this.#script, runOptions(options));
  }

  runInNewContext(contextObject = {}, options = undefined) {
    const context = createContext(contextObject, contextOptions(options));
    return this.runInContext(context, options);
  }

  createCachedData() {
    const bytes = cacheOfScript(ask, this.#script);
    return bufferOver(bytes);
  }
}

// Options of a run may hold those of the context that it makes.
function contextOptions(options) {
  if (options === undefined || options === null || typeof options === 'string') return {};
  validateObject(options, 'options');
  const { contextName: name, contextOrigin: origin, contextCodeGeneration: codeGeneration, microtaskMode } = options;
  if (name !== undefined) validateString(name, 'options.contextName');
  if (origin !== undefined) validateString(origin, 'options.contextOrigin');
  if (codeGeneration !== undefined) {
    validateObject(codeGeneration, 'options.contextCodeGeneration');
    if (codeGeneration.strings !== undefined) validateBoolean(codeGeneration.strings, 'options.contextCodeGeneration.strings');
    if (codeGeneration.wasm !== undefined) validateBoolean(codeGeneration.wasm, 'options.contextCodeGeneration.wasm');
  }
  return { name, origin, codeGeneration, microtaskMode };
}

const MAP = /\/\/[#@] sourceMappingURL=(\S+)\s*$/;
const mapOf = (code) => RegExpPrototypeExec(MAP, code)?.[1];

const filenameOnly = (options) => (typeof options === 'string' ? { filename: options } : options);

// A script that runs once is given up at once.
function runOnce(object, code, options) {
  const timeout = runOptions(options);
  const { name, line, column, cached } = sourceOptions(options);
  const { script } = compileScript(ask, `${code}`, { name, line, column, cached: cached === undefined ? undefined : bytesOf(cached) });
  try {
    return runIn(object, script, timeout);
  } finally {
    dropScript(ask, script);
  }
}

function runInContext(code, contextifiedObject, options = undefined) {
  checkContext(contextifiedObject);
  return runOnce(contextifiedObject, code, filenameOnly(options));
}

function runInThisContext(code, options = undefined) {
  return runOnce(null, code, filenameOnly(options));
}

// The text of a function with its parameters, and of the scopes around it.
function functionText(code, params, extensions) {
  let head = '';
  let tail = '';
  for (let i = 0; i < extensions; i++) {
    head += `(function (extension) { with (extension) { return `;
    tail += ' } })';
  }
  return { head: `${head}(function (${ArrayPrototypeJoin(params, ',')}) {`, tail: `\n})${tail}` };
}

function compileFunction(code, params = [], options = {}) {
  validateString(code, 'code');
  if (params !== undefined && !ArrayIsArray(params)) throw invalidArgType('params', 'Array', params);
  const list = [];
  for (let i = 0; i < params.length; i++) {
    validateString(params[i], `params[${i}]`);
    ArrayPrototypePush(list, params[i]);
  }
  validateObject(options, 'options');
  const { parsingContext, contextExtensions = [] } = options;
  const { name, line, column, cached, produce } = sourceOptions({ filename: '', ...options });
  if (parsingContext !== undefined && (!isObject(parsingContext) || !isMade(parsingContext))) throw invalidArgType('options.parsingContext', 'Context', parsingContext);
  if (!ArrayIsArray(contextExtensions)) throw invalidArgType('options.contextExtensions', 'Array', contextExtensions);
  for (let i = 0; i < contextExtensions.length; i++) if (!isObject(contextExtensions[i])) throw invalidArgType(`options.contextExtensions[${i}]`, 'object', contextExtensions[i]);
  if (isEvalForbidden()) throw evalError();
  const { head, tail } = functionText(code, list, contextExtensions.length);
  const text = `${head}${code}${tail}`;
  const made = compileScript(ask, text, { name, line, column: column - head.length, cached: cached === undefined ? undefined : bytesOf(cached) });
  const body = ArrayPrototypeSlice(list);
  ArrayPrototypePush(body, code);
  void ReflectConstruct(Function, body); // it must be one by itself
  let result = runIn(parsingContext ?? null, made.script, 0);
  for (let i = 0; i < contextExtensions.length; i++) result = result(contextExtensions[i]);
  if (cached !== undefined) plain(result, 'cachedDataRejected', made.rejected === true);
  if (produce) {
    plain(result, 'cachedDataProduced', true);
    const bytes = cacheOfScript(ask, made.script);
    plain(result, 'cachedData', bufferOver(bytes));
  }
  return result;
}

export default {
  Script: named('Script', Script),
  compileFunction: named('compileFunction', compileFunction),
  constants,
  createContext: named('createContext', createContext),
  createScript: named('createScript', (code, options) => new Script(code, options)),
  isContext: named('isContext', isContext),
  measureMemory: named('measureMemory', () => PromiseReject(unsupported('vm.measureMemory', 'an isolate cannot measure itself'))),
  runInContext: named('runInContext', runInContext),
  // Callable with `new`, as a function of Node's is.
  runInNewContext: function runInNewContext(code, contextObject, options) {
    if (typeof contextObject === 'string') {
      options = contextObject;
      contextObject = undefined;
    }
    options = filenameOnly(options);
    return runOnce(createContext(contextObject, contextOptions(options)), code, options);
  },
  runInThisContext: named('runInThisContext', runInThisContext),
};
