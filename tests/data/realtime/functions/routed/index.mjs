const other = new RealtimeNamespace('/other');
other.socket.on('where', (ack) => ack('other'));
const ns = new RealtimeNamespace('/routed');
ns.socket.on('where', (ack) => ack('routed'));

const router = new Router();
router.post('/push', async (req, res) => {
  await ns.emit('pushed');
  res.send('pushed');
});
router.use(other);
router.use(ns);

export const config = { contract: 'express' };
export default router;
