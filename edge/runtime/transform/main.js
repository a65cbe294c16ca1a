// The deploy-time transform: TypeScript, JSX and ES module syntax to CommonJS.  Runs in an isolate of its own,
// never beside user code.  The host calls `__edge` with `this` = {path, kind, source, jsx} as JSON.

import { transform } from 'sucrase';
import { shiftsOf } from './shifts.js';

const TRANSFORMS = {
  __proto__: null,
  esm: ['imports'],
  ts: ['typescript', 'imports'],
  mts: ['typescript', 'imports'],
  cts: ['typescript', 'imports'],
  tsx: ['typescript', 'jsx', 'imports'],
  jsx: ['jsx', 'imports'],
};

function run({ kind, source, path, jsx }) {
  const { code, sourceMap } = transform(source, {
    transforms: TRANSFORMS[kind],
    filePath: path,
    jsxRuntime: jsx.runtime,
    jsxImportSource: jsx.source,
    jsxPragma: jsx.factory,
    jsxFragmentPragma: jsx.fragment,
    production: true,
    disableESTransforms: true,
    preserveDynamicImport: true,
    sourceMapOptions: { compiledFilename: path },
  });
  return { code, map: shiftsOf(sourceMap.mappings) };
}

globalThis.__edge = function entry() {
  'use strict';
  if (typeof this === 'function') return new SharedArrayBuffer(64);
  try {
    return JSON.stringify(run(JSON.parse(this)));
  } catch (error) {
    return JSON.stringify({ error: String(error.message) });
  }
};
