// Modules that are bytes, as in Workers: a .wasm file is a WebAssembly.Module, another one an ArrayBuffer; with
// `{ type: 'bytes' }` any file is a Uint8Array.
// https://developers.cloudflare.com/workers/wrangler/bundling/#including-non-javascript-modules

import { TypedArrayPrototypeGetBuffer, TypedArrayPrototypeSlice, Uint8Array } from './primordials.js';

export function evaluateBinary({ kind, source }) {
  const bytes = source === '' || source === undefined ? new Uint8Array(0) : source;
  // Not captured: WebAssembly is there from the start of an isolate only, and is what user code makes of it.
  if (kind === 'bytes') return TypedArrayPrototypeSlice(bytes);
  return kind === 'wasm' ? new globalThis.WebAssembly.Module(bytes) : TypedArrayPrototypeGetBuffer(TypedArrayPrototypeSlice(bytes));
}
