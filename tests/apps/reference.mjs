// What Node answers: `node reference.mjs PLAN` writes the answers of every app to its requests into answers.json.
//
// PLAN is JSON: {esbuild, nodePaths, base, env, apps: [{name, entry, output, bundled, requests}]}.  TypeScript and JSX are taken out of each
// entry, its packages are left to Node unless they are to be `bundled`; then its `fetch` is called as a Workers runtime does.

import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';

const { esbuild, nodePaths, base, env, apps } = JSON.parse(await readFile(process.argv[2], 'utf8'));
const { build } = await import(pathToFileURL(esbuild));

const listeners = [];
globalThis.addEventListener = (type, listener) => listeners.push(listener);

// The bindings of a service worker are globals.
Object.assign(globalThis, env);

async function load({ entry, output, bundled }) {
  const [packages, format] = bundled ? ['bundle', 'cjs'] : ['external', 'esm'];
  await build({ entryPoints: [entry], outfile: output, bundle: true, packages, nodePaths, format, platform: 'node', jsx: 'automatic', logLevel: 'error' });
  listeners.length = 0;
  const { default: exported } = await import(pathToFileURL(output));
  return (bundled ? exported.default : exported) ?? serviceWorker([...listeners]);
}

function serviceWorker([listener]) {
  return {
    fetch(request, bindings, ctx) {
      return new Promise((respondWith) => {
        listener({ type: 'fetch', request, respondWith, waitUntil: ctx.waitUntil });
      });
    },
  };
}

async function ask(handler, { path, method = 'GET', headers, body }) {
  const background = [];
  const ctx = { waitUntil: (promise) => background.push(promise), passThroughOnException() {}, props: {} };
  const response = await handler.fetch(new Request(base + path, { method, headers, body }), env, ctx);
  const bytes = Buffer.from(await response.arrayBuffer());
  const plain = response.headers.get('content-encoding') === 'gzip' ? gunzipSync(bytes) : bytes;
  await Promise.all(background);
  return { status: response.status, headers: [...response.headers], body: method === 'HEAD' ? '' : plain.toString('latin1') };
}

const answers = {};
for (const app of apps) {
  const handler = await load(app);
  answers[app.name] = [];
  for (const request of app.requests) answers[app.name].push(await ask(handler, request));
}
await writeFile('answers.json', JSON.stringify(answers));
process.exit(0);
