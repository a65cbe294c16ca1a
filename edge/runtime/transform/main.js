// The deploy-time transform: TypeScript, JSX and ES module syntax to functions that the runtime calls.  Runs in an isolate of its
// own, never beside user code.  The host calls `__edge` with `this` = {path, kind, source, jsx, esm} or {path, kind, source, common} as JSON.

import { transform } from 'sucrase';
import { composed } from './edits.js';
import { transformModule } from './es_module.js';
import { readMappings, shiftsOf } from './shifts.js';

const TRANSFORMS = { __proto__: null, esm: [], ts: ['typescript'], tsx: ['typescript', 'jsx'], jsx: ['jsx'] };

// Types and JSX; what is left of JSX are imports, or `require` in a module that is no ES module.
function plain({ kind, source, path, jsx, esm }) {
  const transforms = TRANSFORMS[kind];
  if (transforms.length === 0) return { code: source, mappings: [] };
  const { code, sourceMap } = transform(source, {
    transforms: !esm && kind !== 'ts' ? [...transforms, 'imports'] : transforms,
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
  return { code, mappings: readMappings(sourceMap.mappings) };
}

// An ES module as CommonJS, for those who have no linking of their own (edge/vm/libraries/modules.py).
function common({ kind, source, path }) {
  const { code } = transform(source, {
    transforms: [...TRANSFORMS[kind], 'imports'], filePath: path, jsxRuntime: 'automatic', production: true, disableESTransforms: true,
  });
  return { code };
}

function run(module) {
  if (module.common === true) return common(module);
  const { code, mappings } = plain(module);
  if (!module.esm) return { code, map: shiftsOf(mappings), waits: false };
  const done = transformModule(code, module.kind === 'ts' || module.kind === 'tsx');
  return { code: done.code, map: shiftsOf(composed(done.mappings, mappings)), waits: done.waits };
}

// What the engine does not have, and no transform here takes away.
function explained(message) {
  return message.replace("Unexpected character '@'", 'Decorators are not supported: compile them away (tsc, esbuild) before the package is deployed');
}

globalThis.__edge = function entry() {
  'use strict';
  if (typeof this === 'function') return new SharedArrayBuffer(64);
  try {
    return JSON.stringify(run(JSON.parse(this)));
  } catch (error) {
    return JSON.stringify({ error: explained(String(error.message)) });
  }
};
