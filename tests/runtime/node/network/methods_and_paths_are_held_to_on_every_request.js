const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const out = {};
out.allowed = [];
for (const path of ['/v1/a', '/v1/b']) out.allowed.push(JSON.parse((await ask(base + path, { agent })).text).port);
out.path = await rejected(ask(`${base}/v2`, { agent }));
out.method = await rejected(ask(`${base}/v1/a`, { agent, method: 'DELETE' }));
out.dots = await rejected(ask(`${base}/v1/%2e%2e/v2`, { agent }));
out.host = await rejected(ask(`${base}/v1/a`, { agent, headers: { Host: 'other.example' } }));
out.secure = JSON.parse((await ask(`${secure}/v1/s`)).text).target;
out.securePath = await rejected(ask(`${secure}/v2`));
out.sni = await rejected(ask(`${secure}/v1/s`, { servername: 'other.example', rejectUnauthorized: false }));
{ // what is written on the socket itself
  const req = http.get(`${base}/v1/a`, { agent });
  req.on('error', () => {});
  const [socket] = await once(req, 'socket');
  await once(req, 'response');
  const failed = failure(socket);
  socket.write('DELETE /v1/a HTTP/1.1\r\nHost: x\r\n\r\n');
  out.smuggled = (await failed).code;
}
return Response.json(out);
