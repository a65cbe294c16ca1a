const out = {};
out.get = JSON.parse((await ask(`${base}/a?b=c`)).text);
out.post = JSON.parse((await ask(`${base}/p`, { method: 'post', headers: { 'X-One': ['1', '2'], Cookie: ['a=1', 'b=2'] } }, 'héllo')).text);
out.auth = JSON.parse((await ask(`http://u:p%20w@127.0.0.1:${port}/`)).text).headers;
{ // pieces, and what is done when there is room again
  const req = http.request(`${base}/up`, { method: 'PUT' });
  const answer = once(req, 'response');
  for (let i = 0; i < 40; i++) if (!req.write(Buffer.alloc(20000, i))) await once(req, 'drain');
  req.end('z');
  const [res] = await answer;
  const seen = JSON.parse(await collect(res));
  out.up = [seen.size, seen.headers.includes('Transfer-Encoding: chunked')];
}
{ const { res, text } = await ask(`${base}/chunked`); out.chunked = [text, res.trailers, res.rawTrailers, res.complete]; }
{ const { res, text } = await ask(`${base}/until-end`); out.untilEnd = [text, res.complete]; }
{ const { res, text } = await ask(`${base}/empty`); out.empty = [res.statusCode, text, res.headers['x-length']]; }
{ const { text } = await ask(`${base}/head`, { method: 'HEAD' }); out.head = text; }
{ // 1xx
  const seen = [];
  const req = http.get(`${base}/hints`);
  req.on('information', ({ statusCode, headers }) => seen.push(statusCode, headers.link));
  const [res] = await once(req, 'response');
  out.hints = [...seen, res.statusMessage, await collect(res)];
}
{ // waiting for leave to send the body
  const req = http.request(`${base}/e`, { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': 2 } });
  await once(req, 'continue');
  req.end('ok');
  const [res] = await once(req, 'response');
  out.expect = JSON.parse(await collect(res)).body;
}
{ // events, in order
  const events = [];
  const req = http.request({ host: '127.0.0.1', port, path: '/x', agent: false }, (res) => {
    events.push('response');
    for (const name of ['end', 'close']) res.on(name, () => events.push(`res ${name}`));
    res.resume();
  });
  for (const name of ['socket', 'finish', 'close']) req.on(name, () => events.push(name));
  req.end();
  await once(req, 'close');
  out.events = events;
}
out.secure = JSON.parse((await ask(`${secure}/s`)).text);
out.moved = (await ask(`${base}/moved`)).res.headers.location;
return Response.json(out);
