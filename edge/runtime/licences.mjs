// Which npm packages are in a bundle of esbuild, and what their licences say.  For the builds of runtime and admin page.

import { readFileSync, readdirSync } from "node:fs";
import { join, resolve, sep } from "node:path";

/** Folder of the npm package in `modules` that an input of the bundle belongs to, or null for a file of ours. */
function packageFolder(input, source, modules) {
  const path = resolve(source, input);
  if (!path.startsWith(modules + sep)) return null;
  const parts = path.split(sep);
  const at = parts.lastIndexOf("node_modules");
  return parts.slice(0, at + (parts[at + 1].startsWith("@") ? 3 : 2)).join(sep);
}

/** Folders of the packages of which at least one byte is in an output. */
export function bundledPackages(metafile, source, modules) {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const used = inputs.filter(([, input]) => input.bytesInOutput > 0).map(([path]) => packageFolder(path, source, modules));
  return new Set(used.filter((folder) => folder !== null));
}

/** The licence text of one package; a package without any cannot be shipped. */
function licence(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  if (files.length === 0) throw new Error(`${name} ${version} (${license}) ships no licence file, so it cannot be bundled`);
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8").trim());
  return `${name} ${version} (${license})\n\n${texts.join("\n\n")}\n`;
}

/** `head`, one section per package in a fixed order, then the comments that name further authors. */
export function licences(head, folders, comments) {
  const rule = `\n${"-".repeat(80)}\n\n`;
  const notices = comments.length === 0 ? [] : [`Legal comments in the sources\n\n${comments.join("\n\n")}\n`];
  return [head, ...[...folders].map(licence).sort(), ...notices].join(rule);
}

/** What is in the bundles, for programs: CycloneDX 1.6, the same text for the same packages. */
export function billOfMaterials(folders) {
  const components = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    return { type: "library", "bom-ref": purl, name, version, purl, licenses: [{ expression: license }] };
  });
  components.sort((a, b) => (a.purl < b.purl ? -1 : 1));
  return `${JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", version: 1, components }, null, 2)}\n`;
}
