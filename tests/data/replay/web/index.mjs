// One case for each way in which an invocation depends on what is outside; tests/integration/test_serve_replay.py asks for them.

import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash, createSign, generateKeyPairSync, randomBytes, randomInt, randomUUID, scryptSync, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { helper } from './helper.mjs';
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const later = (ms, value, order) => sleep(ms).then(() => { order.push(value); return value; });
export const cases = {
  now: () => [Date.now(), new Date().toISOString(), Date(), performance.now(), performance.timeOrigin],
  hrtime: async () => { const a = process.hrtime(); await sleep(3); return [process.hrtime(a), process.uptime(), String(process.hrtime.bigint())]; },
  busy: () => { let n = 0; const end = Date.now() + 4; while (Date.now() < end) n++; return [n > 0, n]; },
  busytimers: async () => { let n = 0; setTimeout(() => { n = -1; }, 2); const end = Date.now() + 4; while (Date.now() < end) await null; await sleep(1); return n; },
  random: () => Array.from({ length: 50 }, () => Math.random()),
  shuffle: () => [...'abcdefghij'].sort(() => Math.random() - 0.5),
  uuid: () => [crypto.randomUUID(), randomUUID(), crypto.getRandomValues(new Uint32Array(8)).join()],
  bytes: () => [hex(randomBytes(300)), randomInt(1e6), hex(crypto.getRandomValues(new Uint8Array(5000)))],
  race: async () => { const order = []; await Promise.all([6, 1, 4, 2, 3].map((ms) => later(ms, ms, order))); return order; },
  races: async () => { const order = []; const won = await Promise.race([later(3, 'a', order), later(3, 'b', order), later(2, 'c', order)]); await sleep(4); return [won, order]; },
  interval: async () => { const at = []; await new Promise((done) => { const t = setInterval(() => { at.push(Date.now()); if (at.length === 4) { clearInterval(t); done(); } }, 2); }); return at; },
  immediate: async () => { const order = []; setImmediate(() => order.push('i')); process.nextTick(() => order.push('t')); queueMicrotask(() => order.push('m')); setTimeout(() => order.push('o'), 0); await sleep(5); return order; },
  abort: async () => { const c = new AbortController(); setTimeout(() => c.abort(), 2); try { await new Promise((_, no) => c.signal.addEventListener('abort', () => no(c.signal.reason))); } catch (e) { return [e.name, Date.now()]; } },
  timeout: async () => { const s = AbortSignal.timeout(3); await new Promise((done) => s.addEventListener('abort', done)); return s.reason.name; },
  fetch: async ({ origin }) => { const r = await fetch(origin + '/json'); return [r.status, [...r.headers], await r.json()]; },
  fetches: async ({ origin }) => { const order = []; await Promise.all(['/json', '/text', '/status/404', '/moved'].map(async (p) => { const r = await fetch(origin + p); order.push([p, r.status, r.redirected, (await r.text()).length]); })); return order; },
  post: async ({ origin }) => (await fetch(origin + '/echo?x=1', { method: 'POST', body: JSON.stringify({ at: Date.now(), r: Math.random() }), headers: { 'x-id': crypto.randomUUID() } })).json(),
  form: async ({ origin }) => { const f = new FormData(); f.set('a', 'b'); f.set('file', new Blob(['hello']), 'x.txt'); return (await fetch(origin + '/echo', { method: 'POST', body: f })).json(); },
  refused: async () => { try { await fetch('http://192.0.2.1/'); } catch (e) { return [e.name, e.message]; } },
  racefetch: async ({ origin }) => Promise.race([fetch(origin + '/json').then((r) => r.json()), sleep(1).then(() => 'timer')]),
  kv: async ({ env, n }) => { await env.KV.set('k' + n, { n, at: Date.now() }); return [await env.KV.get('k' + n), await env.KV.has('none'), await env.KV.incr('count')]; },
  kvmany: async ({ env }) => { const done = []; await Promise.all(['a', 'b', 'c'].map(async (k) => { await env.KV.set(k, Math.random()); done.push(k); })); return [done, await env.KV.getMany(['a', 'b', 'c']), (await env.KV.list({ limit: 2 })).keys.length]; },
  kvatomic: async ({ env }) => { const { versionstamp } = await env.KV.getWithMetadata('z'); const r = await env.KV.atomic().check({ key: 'z', versionstamp }).set('z', Date.now()).incr('q', 2).commit(); return r; },
  kvttl: async ({ env }) => { await env.KV.put('ttl', 'v', { expirationTtl: 60 }); await env.KV.delete('ttl'); return env.KV.get('ttl'); },
  digest: async () => [hex(await crypto.subtle.digest('SHA-256', new Uint8Array(9))), createHash('md5').update('x').digest('hex')],
  ecdsa: async () => { const k = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']); const s = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, k.privateKey, new Uint8Array(3)); return [hex(s), await crypto.subtle.exportKey('jwk', k.publicKey), await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, k.publicKey, s, new Uint8Array(3))]; },
  ed25519: async () => { const k = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']); return hex(await crypto.subtle.sign('Ed25519', k.privateKey, new Uint8Array(3))); },
  aes: async () => { const k = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt']); const iv = crypto.getRandomValues(new Uint8Array(12)); return [hex(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, k, new Uint8Array(20))), hex(await crypto.subtle.exportKey('raw', k))]; },
  oaep: async () => { const k = await crypto.subtle.generateKey({ name: 'RSA-OAEP', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['encrypt', 'decrypt']); return hex(await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, k.publicKey, new Uint8Array(5))); },
  nodesign: () => { const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }); return [sign('sha256', Buffer.from('x'), privateKey).toString('hex'), privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' })]; },
  scrypt: () => hex(scryptSync('p', 's', 16, { N: 1024 })),
  pss: () => { const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 }); return createSign('sha256').update('x').sign({ key: privateKey, padding: 6 }, 'hex'); },
  gzip: () => hex(gzipSync('hello'.repeat(50))),
  cstream: async () => hex(await new Response(new Blob(['hello '.repeat(1000)]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer()),
  tee: async () => { const [a, b] = new Response('abc'.repeat(100)).body.tee(); return [await new Response(a).text() === await new Response(b).text()]; },
  body: async ({ request }) => { let n = 0; const h = createHash('sha1'); for await (const c of request.body ?? []) { n += c.length; h.update(c); } return [n, h.digest('hex')]; },
  als: async () => { const als = new AsyncLocalStorage(); return Promise.all([1, 2, 3].map((i) => als.run(i, async () => { await sleep(4 - i); return als.getStore(); }))); },
  temporal: () => [Temporal.Now.instant().toString(), Temporal.Now.plainDateTimeISO().toString(), Temporal.Now.zonedDateTimeISO('Asia/Tokyo').toString(), Temporal.Now.plainTimeISO().toString(), Temporal.Now.plainDateISO().toString()],
  intl: () => { const f = new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'full', fractionalSecondDigits: undefined }); return [f.format(), f.formatToParts().length, new Date().toLocaleString('de')]; },
  helper: () => helper(),
  dynamic: async () => (await import('./late.mjs')).made,
  url: ({ request }) => [request.url, [...request.headers].filter(([k]) => k !== 'user-agent'), new URL('http://münchen.de/ü').href],
  env: ({ env }) => [env.PLAIN, process.env.PLAIN, env.TOKEN, env.TOKEN.length > 3],
  logs: () => { console.log('at', Date.now(), { a: [1] }); console.error(new Error('x' + Math.random()).message); console.table?.([{ a: 1 }]); return 'logged'; },
  wait: ({ ctx, env }) => { ctx.waitUntil((async () => { await sleep(5); await env.KV.set('after', Date.now()); console.log('after', Math.random()); })()); return 'before'; },
  waitrejects: ({ ctx }) => { ctx.waitUntil(sleep(2).then(() => { throw new Error('late'); })); return 'before'; },
  wasm: async () => { const { instance } = await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6, 1, 4, 0, 65, 42, 11])); return instance.exports.f() + Math.random(); },
  map: () => { const m = new Map(); for (let i = 0; i < 20; i++) m.set(Math.random(), i); return [...m.keys()]; },
  cache: async ({ n }) => { const c = await caches.open('c'); await c.put('http://x/' + n, new Response('v' + Math.random())); return (await c.match('http://x/' + n)).text(); },
  service: async ({ env }) => { const r = await env.OTHER.fetch('http://other/hello', { method: 'POST', body: 'x' }); return [r.status, await r.json()]; },
  headers: () => new Response('h', { status: 201, headers: [['x-a', String(Math.random())], ['set-cookie', 'sid=' + crypto.randomUUID()], ['set-cookie', 'b=2']] }),
  token: () => { const sid = crypto.randomUUID(); return new Response(JSON.stringify({ sid }), { headers: { 'set-cookie': 'sid=' + sid + '; HttpOnly' } }); },
  stream: () => { let n = 0; return new Response(new ReadableStream({ async pull(c) { await sleep(1); c.enqueue(new TextEncoder().encode(Date.now() + '\n')); if (++n === 5) c.close(); } })); },
  binary: () => new Response(crypto.getRandomValues(new Uint8Array(2000))),
  big: () => new Response('x'.repeat(100000) + Math.random()),
  empty: () => new Response(null, { status: 204 }),
  redirect: () => Response.redirect('http://example.com/' + Math.random()),
  proxy: ({ origin }) => fetch(origin + '/html'),
  // failures
  throws: () => { throw new TypeError('no ' + Math.random()); },
  rejects: async () => { await sleep(2); throw Object.assign(new Error('late ' + Date.now()), { cause: new Error('c') }); },
  throwsvalue: () => { throw 'text'; },
  unhandled: async () => { Promise.reject(new Error('nobody listens')); await sleep(3); return 'fine'; },
  breaks: () => new Response(new ReadableStream({ async pull(c) { c.enqueue(new TextEncoder().encode('one')); await sleep(2); c.error(new Error('broken')); } })),
  status: () => new Response('bad', { status: 503 }),
  notresponse: () => new Map(),
  never: () => new Promise(() => {}),
  slow: async () => { for (;;) await sleep(20); },
  spin: () => { for (;;) ; },
  spinclock: () => { const end = Date.now() + 60000; while (Date.now() < end) ; },
  memory: () => { const all = []; for (;;) all.push(new Array(1e5).fill(all.length)); },
  deep: () => { const f = () => f() + 1; return f(); },
};
const PLAIN = (value) => (value instanceof Response ? value : Response.json(value ?? null));
export default { async fetch(request, env, ctx) {
  const url = new URL(request.url);
  const found = cases[url.pathname.split('/').pop()];
  const value = await found({ request, env, ctx, n: url.searchParams.get('n'), origin: env.ORIGIN });
  return value instanceof Map ? value : PLAIN(value);
} };
