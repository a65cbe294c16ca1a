// https://webassembly.github.io/spec/web-api/#compile-a-potential-webassembly-response

import { Promise, PromisePrototypeThen, PromiseReject, PromiseResolve, TypeError } from '../bootstrap/primordials.js';
import { encodeUtf8 } from '../bootstrap/utf8.js';
import { contentAtHand } from '../fetch/body_mixin.js';
import { responseState } from '../fetch/index.js';
import { asciiLowerCase, describe, isObject, trimHttpWhitespace } from '../webidl/index.js';

/** A promise of a module; `V8` has its functions, `options` are for its compiler. */
export function compileStreaming(V8, source, options) {
  return opened(moduleOf(V8, source, options), 'module');
}

/** A promise of `{module, instance}`. */
export function instantiateStreaming(V8, source, imports, options) {
  if (imports !== undefined && !isObject(imports)) {
    return PromiseReject(new TypeError(`WebAssembly.instantiateStreaming: the imports must be an object, not ${describe(imports)}`));
  }
  return opened(instanceOf(V8, source, imports, options), 'result');
}

// Promises of the runtime's own are of objects that inherit nothing: a module would be asked for its `then`.
function opened(promise, name) {
  return new Promise((resolve, reject) => PromisePrototypeThen(promise, (found) => resolve(found[name]), reject));
}

async function moduleOf({ compile }, source, options) {
  const state = checkedResponse(await PromiseResolve(source));
  const content = contentAtHand(state) ?? (await state.body.readAll()).content;
  return { __proto__: null, module: await compile(typeof content === 'string' ? encodeUtf8(content) : content, options) };
}

async function instanceOf(V8, source, imports, options) {
  const { module } = await moduleOf(V8, source, options);
  const instance = await V8.instantiate(module, imports);
  return { __proto__: null, result: { module, instance } };
}

function checkedResponse(value) {
  const state = responseState(value);
  if (state === null) throw new TypeError(`WebAssembly: the source is ${describe(value)}, not a Response`);
  if (state.type === 'error' || state.type === 'opaque' || state.type === 'opaqueredirect') throw new TypeError(`WebAssembly: the response is of type "${state.type}"`);
  if (state.status < 200 || state.status > 299) throw new TypeError(`WebAssembly: the response has the status ${state.status}`);
  const type = state.contentType();
  if (type === null || asciiLowerCase(trimHttpWhitespace(type)) !== 'application/wasm') {
    throw new TypeError(`WebAssembly: the response's content-type is ${type === null ? 'missing' : `"${type}"`}, expected "application/wasm"`);
  }
  return state;
}
