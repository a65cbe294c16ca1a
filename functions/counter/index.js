// counter: a JSON API in Express style that counts in the key-value store.
//
//   curl http://127.0.0.1:8080/counter/                              every counter
//   curl http://127.0.0.1:8080/counter/visits                        one of them
//   curl -X POST http://127.0.0.1:8080/counter/visits                count one more
//   curl -X POST -H 'Content-Type: application/json' -d '{"by": 5}' http://127.0.0.1:8080/counter/visits
//   curl -X DELETE http://127.0.0.1:8080/counter/visits              forget it
//
// Global variables do not survive a request, so what is to last lives in `kv`.  `kv.incr` is atomic: counts that
// arrive at the same time are all counted.

const { NAME, isStep, key, nameOf } = require('./names');

const router = Router();

router.param('name', (req, res, next, name) => {
  if (NAME.test(name)) next();
  else res.status(400).json({ error: `"${name}" is no name: use up to 64 letters, digits, "-" and "_"` });
});

router.get('/', async (req, res) => {
  const { keys, cursor } = await kv.list({ prefix: key(''), limit: 100, cursor: req.query.cursor });
  const values = await kv.getMany(keys.map((entry) => entry.name));
  const counters = Object.fromEntries(keys.map((entry) => [nameOf(entry.name), values.get(entry.name)]));
  res.json(cursor ? { counters, cursor } : { counters });
});

router.route('/:name')
  .get(async (req, res) => {
    const count = await kv.get(key(req.params.name));
    if (count === null) return res.status(404).json({ error: `nothing was counted as "${req.params.name}" yet` });
    return res.json({ name: req.params.name, count });
  })
  .post(async (req, res) => {
    const by = req.body.by ?? 1;
    if (!isStep(by)) return res.status(400).json({ error: 'by must be a whole number between -1000000 and 1000000' });
    return res.json({ name: req.params.name, count: await kv.incr(key(req.params.name), by) });
  })
  .delete(async (req, res) => {
    res.sendStatus((await kv.delete(key(req.params.name))) ? 204 : 404);
  });

module.exports = router;
