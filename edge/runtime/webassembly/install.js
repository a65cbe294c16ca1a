// The part of WebAssembly that V8 leaves to its embedder: https://webassembly.github.io/spec/web-api/

import { ObjectDefineProperty, PromiseReject, TypeError } from '../bootstrap/primordials.js';

const own = { __proto__: null, compile: null, instantiate: null };

const functions = {
  __proto__: null,
  compileStreaming(source) {
    return arguments.length === 0 ? missing('compileStreaming') : import('./streaming.js').compileStreaming(own, source, arguments[1]);
  },
  instantiateStreaming(source) {
    return arguments.length === 0 ? missing('instantiateStreaming') : import('./streaming.js').instantiateStreaming(own, source, arguments[1], arguments[2]);
  },
};

function missing(name) {
  return PromiseReject(new TypeError(`WebAssembly.${name}: 1 argument required, but only 0 present.`));
}

/** Called once, before user code runs: V8 makes the namespace only when an isolate starts.  Without it there is nothing to add. */
export function installStreaming(WebAssembly) {
  if (WebAssembly === undefined) return;
  own.compile = WebAssembly.compile;
  own.instantiate = WebAssembly.instantiate;
  for (const name in functions) {
    ObjectDefineProperty(WebAssembly, name, { __proto__: null, value: functions[name], writable: true, enumerable: true, configurable: true });
  }
}
