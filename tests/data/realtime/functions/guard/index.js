const ns = new RealtimeNamespace('/guard');
ns.socket.on('$connect', () => {
  throw Object.assign(new Error('not you'), { data: 'x'.repeat(ns.socket.handshake.auth.size ?? 0) });
});
ns.socket.on('secret', (ack) => ack('the secret'));

const router = new Router();
router.use((req, res, next) => (req.headers['x-guard'] ? res.status(403).send('4\x1e42["forged"]') : next()));
router.use(ns);

module.exports = router;
