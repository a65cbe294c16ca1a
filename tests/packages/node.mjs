// What Node gives: `node node.mjs PLAN` writes the output of every program into OUT.  PLAN is JSON: {env, out, programs: {name: path}}.

import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { shown } from './shown.mjs';

const { env, out, programs } = JSON.parse(await readFile(process.argv[2], 'utf8'));
const outputs = {};
for (const [name, path] of Object.entries(programs)) {
  const { run } = await import(pathToFileURL(path));
  outputs[name] = await shown(run, env);
}
await writeFile(out, JSON.stringify(outputs));
process.exit(0);
