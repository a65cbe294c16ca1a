const all = Array.from({ length: 200 }, () => net.connect(port, '127.0.0.1'));
const outcomes = await Promise.all(all.map((socket) => new Promise((resolve) => {
  socket.on('connect', () => resolve('open')); socket.on('error', ({ code, message }) => resolve(`${code} ${message}`));
})));
const open = outcomes.filter((outcome) => outcome === 'open').length;
const refusal = outcomes.find((outcome) => outcome.startsWith('EMFILE'));
for (const socket of all) socket.destroy();
for (;;) {
  const more = net.connect(port, '127.0.0.1');
  if (await new Promise((resolve) => more.on('connect', () => resolve(true)).on('error', () => resolve(false)))) break;
  await sleep(5);
}
return Response.json({ open, refusal });
