const out = {};
for (const path of ['both', 'lengths', 'folded', 'bare', 'header', 'chunk', 'noise', 'long']) out[path] = await rejected(ask(`${base}/${path}`));
out.short = await rejected(ask(`${base}/short`));
{ // more than a response on a connection that would be kept
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const first = await ask(`${base}/extra`, { agent });
  await sleep(5);
  const second = await ask(`${base}/next`, { agent });
  out.extra = [first.text, JSON.parse(second.text).target];
}
return Response.json(out);
