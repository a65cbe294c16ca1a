const out = {};
const outcome = (req) => new Promise((resolve) => {
  const seen = [];
  for (const name of ['timeout', 'abort', 'close']) req.on(name, () => { seen.push(name); if (name === 'close') resolve(seen); });
  req.on('error', ({ code, message }) => seen.push(code ?? message));
});
{ const req = http.get(`${base}/slow`, { timeout: 50 }); req.on('timeout', () => req.destroy(new Error('too slow'))); out.timeout = await outcome(req); }
{ const req = http.get(`${base}/slow`); setTimeout(() => req.abort(), 20); out.abort = await outcome(req); }
{ const req = http.get(`${base}/slow`); req.destroy(); out.early = await outcome(req); }
{ const stop = new AbortController(); setTimeout(() => stop.abort(), 20); out.signal = await outcome(http.get(`${base}/slow`, { signal: stop.signal })); }
{ const req = http.get(`${base}/slow`); req.setTimeout(50, () => req.destroy()); out.set = await outcome(req); }
{ // behind the head
  const req = http.get({ host: '127.0.0.1', port, path: '/chunked' });
  const [res] = await once(req, 'response');
  res.destroy();
  await once(res, 'close');
  out.body = [res.aborted, res.destroyed];
}
out.refused = await outcome(http.get('http://127.0.0.1:1/'));
out.denied = await outcome(http.get('http://10.1.2.3/'));
out.thrown = [
  thrown(() => http.get(secure)), thrown(() => http.get({ path: '/a b' })), thrown(() => http.request({ method: 'A B' })), thrown(() => http.request({ host: 5 })),
  thrown(() => http.request({ insecureHTTPParser: true })), thrown(() => http.request({ agent: {} })), thrown(() => http.request('nonsense')),
  thrown(() => http.get(base, { headers: { 'a b': 'c' } })), thrown(() => http.get(base, { headers: { a: 'b\r\nc: d' } })),
];
{ // a request that nobody listens to fails the invocation only when its error is not handled
  const req = http.get(`${base}/slow`);
  req.on('error', () => {});
  req.destroy(new Error('mine'));
  await new Promise((resolve) => req.on('close', resolve));
}
return Response.json(out);
