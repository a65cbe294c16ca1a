// Bundles the admin page with esbuild: `node build.mjs SOURCE NPM OUT`.
//
// SOURCE  folder with index.html and src/main.jsx
// NPM     folder whose node_modules holds esbuild and the packages to bundle
// OUT     folder that gets index.html, the files that it names (with a digest in each name), all of them gzipped as
//         well, LICENSES.txt and page.cdx.json

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

import { billOfMaterials, bundledPackages, licences } from "../runtime/licences.mjs";

const [source, npm, out] = process.argv.slice(2).map((argument) => resolve(argument));
const modules = join(npm, "node_modules");
const esbuild = createRequire(join(npm, "package.json"))("esbuild");

/** esbuild has printed its errors already; a stack trace of this script would only bury them. */
function failed(error) {
  if (error.errors === undefined) throw error;
  process.exit(1);
}

const result = await esbuild
  .build({
    absWorkingDir: source,
    bundle: true,
    charset: "utf8",
    entryNames: "app-[hash]",
    entryPoints: [join(source, "src", "main.jsx")],
    format: "esm",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    loader: { ".svg": "dataurl" },
    logLevel: "warning",
    metafile: true,
    minify: true,
    nodePaths: [modules],
    outdir: out,
    platform: "browser",
    target: ["chrome111", "firefox115", "safari16.4"],
    write: false,
  })
  .catch(failed);

const made = result.outputFiles.map((file) => [basename(file.path), Buffer.from(file.contents)]);
const named = (ending) => made.find(([name]) => name.endsWith(ending))[0];
const page = readFileSync(join(source, "index.html"), "utf8").replace("app.js", named(".js")).replace("app.css", named(".css"));

mkdirSync(out, { recursive: true });
for (const [name, content] of [...made, ["index.html", Buffer.from(page)]]) {
  writeFileSync(join(out, name), content);
  writeFileSync(join(out, `${name}.gz`), gzipSync(content, { level: 9 }));
}
const folders = bundledPackages(result.metafile, source, modules);
writeFileSync(join(out, "LICENSES.txt"), licences("The JavaScript of the admin page contains these packages.\n", folders, []));
writeFileSync(join(out, "page.cdx.json"), billOfMaterials(folders));
