const portOf = ({ text }) => JSON.parse(text).port;
const out = {};
const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
const ports = (await Promise.all(Array.from({ length: 6 }, () => ask(base, { agent })))).map(portOf);
out.limited = new Set(ports).size;
await sleep(5);
const name = agent.getName({ host: '127.0.0.1', port });
out.free = [agent.freeSockets[name].length, agent.totalSocketCount, Object.keys(agent.sockets).length];
const again = await ask(base, { agent });
out.reused = [again.req.reusedSocket, ports.includes(portOf(again))];
agent.destroy();
await sleep(5);
out.destroyed = agent.totalSocketCount;
const closing = new http.Agent();
out.closed = [portOf(await ask(base, { agent: closing })) === portOf(await ask(base, { agent: closing }))];
while (closing.totalSocketCount > 0) await sleep(2);
const shared = portOf(await ask(base));
await sleep(5);
out.global = portOf(await ask(base)) === shared;
{ // a connection that the server has closed meanwhile is not used
  const one = new http.Agent({ keepAlive: true });
  await ask(`${base}/until-end`, { agent: one });
  await sleep(5);
  out.gone = JSON.parse((await ask(`${base}/after`, { agent: one })).text).target;
}
{ // made by the function
  let made = 0;
  const req = http.request({ host: '127.0.0.1', port, createConnection(options) { made += 1; return net.connect(options.port, options.host); } });
  req.end();
  const [res] = await once(req, 'response');
  await collect(res);
  out.made = made;
}
return Response.json(out);
