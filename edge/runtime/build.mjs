// Bundles the runtime with esbuild: `node build.mjs SOURCE NPM OUT ENTRY...`.
//
// SOURCE  folder with build.json (entries: bundle name -> file; alias: module name -> file of ours)
// NPM     folder whose node_modules holds esbuild and the packages to bundle
// OUT     folder that gets NAME.js for each entry, LICENSES.txt and runtime.cdx.json
// ENTRY   names of the entries to build

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";

import { billOfMaterials, bundledPackages, licences } from "./licences.mjs";

const [source, npm, out, ...names] = process.argv.slice(2).map((argument, index) => (index < 3 ? resolve(argument) : argument));
const modules = join(npm, "node_modules");
const esbuild = createRequire(join(npm, "package.json"))("esbuild");
const table = JSON.parse(readFileSync(join(source, "build.json"), "utf8"));

// Absolute, because a relative one would be looked up beside the package that imports it.  When a file is missing,
// esbuild says so as soon as something imports the name that it stands for.
const alias = Object.fromEntries(Object.entries(table.alias).map(([name, file]) => [name, join(source, file)]));

// Entries whose `import()` calls become chunks that are loaded later, synchronously (see bootstrap/chunks.js).
const chunked = new Set(table.chunked ?? []);

// Entries beside which code of others runs in the same realm: a stack hands out the functions of sloppy code
// (CallSite.getFunction, Function.prototype.caller), and esbuild drops the strictness of modules.  What is chunked has it.
const strict = new Set(table.strict ?? []);

// Entries that run as a function's own code does: a CommonJS module, which may require what the runtime has.
const commonModules = new Set(table.modules ?? []);
const PROVIDED = ["edge:contracts", "timers", "timers/promises", "util"];

// -- sucrase
//
// It asks for the kind of a declaration in the head of a `for` when the keyword is behind it: a `var` there is then taken
// for a `let`, and behind the loop its name for an import of the same name.  Minified packages have many such names.

const FOR_HEAD = "    next();\n    parseVar(true, state.type !== tt._var);";

const repair = {
  name: "repair",
  setup: ({ onLoad }) =>
    onLoad({ filter: /sucrase.dist.esm.parser.traverser.statement\.js$/ }, ({ path }) => {
      const contents = readFileSync(path, "utf8");
      if (!contents.includes(FOR_HEAD)) throw new Error("sucrase reads the head of a for in another way: adapt build.mjs");
      return { contents: contents.replace(FOR_HEAD, "    const isVar = match(tt._var);\n    next();\n    parseVar(true, !isVar);"), loader: "js" };
    }),
};

// -- packages that `require` modules of Node
//
// `import make from "commonjs:NAME"` gives a function that makes the exports of a CommonJS package, once, with what it is
// to find when it requires something that is not its own: `make((name) => module)`.  To let it import our files itself
// would turn them, and all that they import, into lazily initialised modules.

const commonJs = {
  name: "commonjs",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^commonjs:/ }, ({ path }) => ({ path: path.slice("commonjs:".length), namespace: "commonjs" }));
    onLoad({ filter: /.*/, namespace: "commonjs" }, async ({ path }) => {
      const { splitting, format, outdir, plugins, ...inner } = options;
      const foreign = {
        name: "foreign",
        setup: (build) => build.onResolve({ filter: /^[^./]/ }, (found) => (found.kind === "entry-point" ? undefined : { path: found.path, external: true })),
      };
      const built = await esbuild.build({ ...inner, entryPoints: [path], format: "cjs", outfile: "package.js", plugins: [foreign], lineLimit: 0 });
      for (const folder of bundledPackages(built.metafile, source, modules)) folders.add(folder);
      const [{ text }] = built.outputFiles.filter((file) => file.path.endsWith(".js"));
      return { contents: `export default (require)=>{const module={exports:{}};let exports=module.exports;\n${text}\nreturn module.exports}`, loader: "js" };
    });
  },
};

const folders = new Set();

const options = {
  absWorkingDir: source,
  alias,
  bundle: true,
  format: "iife",
  legalComments: "external",
  // Short lines keep positions in stack traces readable, identifiers keep their names; both cost little.
  lineLimit: 160,
  logLevel: "warning",
  mainFields: ["module", "main"],
  metafile: true,
  minifySyntax: true,
  minifyWhitespace: true,
  nodePaths: [modules],
  outdir: out,
  platform: "neutral",
  plugins: [repair, commonJs],
  target: "esnext",
  write: false,
};

/** esbuild has printed its errors already; a stack trace of this script would only bury them. */
function failed(error) {
  if (error.errors === undefined) throw error;
  process.exit(1);
}

// -- chunks
//
// esbuild splits an entry into ES modules that import each other statically and by import().  A snapshot holds one script,
// and evaluation must be synchronous, so each module becomes a function of `__edge_load`, which gives a module's exports.

const IMPORT = /^import(?:\{([^}]*)\}from)?"\.\/([^"]+)\.js";\s*/;
const EXPORT = /export\{([^}]*)\};\s*$/;
const LATER = /\bimport\("\.\/([^"]+)\.js"\)/g;

const pairs = (names) => names.split(",").filter(Boolean).map((name) => name.trim().split(/\s+as\s+/));

/** `{code, needs}` of one module of esbuild: a function expression, and the modules that it loads at once. */
function asFunction(text) {
  const needs = [];
  let head = "";
  let body = text.trim();
  for (let found = IMPORT.exec(body); found; found = IMPORT.exec(body)) {
    const [whole, names, module] = found;
    const wanted = names === undefined ? "" : `const{${pairs(names).map(([theirs, ours = theirs]) => `${theirs}:${ours}`)}}=`;
    head += `${wanted}__edge_load(${JSON.stringify(module)});`;
    needs.push(module);
    body = body.slice(whole.length);
  }
  const exported = EXPORT.exec(body);
  const tail = exported ? `return{__proto__:null,${pairs(exported[1]).map(([ours, theirs = ours]) => `${theirs}:${ours}`)}}` : "return{__proto__:null}";
  body = body.slice(0, exported ? exported.index : undefined).replace(LATER, (_, module) => `__edge_load(${JSON.stringify(module)})`);
  if (/^import\b|\bexport\{/m.test(body)) throw new Error("a chunk has an import or export that build.mjs does not understand");
  return { code: `function(__edge_load){"use strict";${head}\n${body}\n${tail}}`, needs };
}

/** The modules that `entry` needs at once, itself included. */
function closure(entry, modules) {
  const found = new Set();
  const add = (name) => {
    if (found.has(name)) return;
    found.add(name);
    modules.get(name).needs.forEach(add);
  };
  add(entry);
  return found;
}

/** One script that evaluates the entry, and behind it, as a comment, the sources of the chunks that it may load later. */
function assemble(entry, files) {
  const modules = new Map(files.map((file) => [basename(file.path, ".js"), asFunction(file.text)]));
  const core = closure(entry, modules);
  const table = [...core].map((name) => `${JSON.stringify(name)}:${modules.get(name).code}`).join(",\n");
  const later = Object.fromEntries([...modules].filter(([name]) => !core.has(name)).map(([name, { code }]) => [name, code]));
  const loader =
    "const made={__proto__:null};const load=(name)=>made[name]??=(functions[name]??load.late(name))(load);load.made=made;" + `load(${JSON.stringify(entry)});`;
  return `(()=>{"use strict";const functions={__proto__:null,\n${table}};\n${loader}})();\n//# edge-chunks=${JSON.stringify(later)}\n`;
}

const comments = new Set();
mkdirSync(out, { recursive: true });
for (const name of names) {
  // One build per entry: entries never share a chunk, and a file in both is simply in both.
  const entryPoints = [{ in: join(source, table.entries[name]), out: name }];
  const split = chunked.has(name) ? { format: "esm", splitting: true, chunkNames: "[name]-[hash]", lineLimit: 0 } : {};
  const own = commonModules.has(name) ? { format: "cjs", external: PROVIDED } : {};
  const strict_ = strict.has(name) ? { banner: { js: '"use strict";' } } : {};
  const result = await esbuild.build({ ...options, ...split, ...own, ...strict_, entryPoints }).catch(failed);
  for (const folder of bundledPackages(result.metafile, source, modules)) folders.add(folder);
  for (const file of result.outputFiles.filter(({ path }) => path.endsWith(".LEGAL.txt"))) comments.add(file.text.trim());
  const scripts = result.outputFiles.filter(({ path }) => path.endsWith(".js"));
  writeFileSync(join(out, `${name}.js`), chunked.has(name) ? assemble(name, scripts) : scripts[0].contents);
}
writeFileSync(join(out, "LICENSES.txt"), licences("The JavaScript bundles in this folder contain these packages.\n", folders, [...comments].sort()));
writeFileSync(join(out, "runtime.cdx.json"), billOfMaterials(folders));
