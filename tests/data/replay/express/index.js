const crypto = require('crypto');
const started = Date.now();  // at the top: no snapshot has this package's state
const salt = Math.random();
module.exports = async (req, res) => {
  const what = req.params?.[0] ?? req.path.split('/').pop();
  if (what === 'throws') throw new Error('express ' + Math.random());
  if (what === 'chunks') { for (let i = 0; i < 4; i++) { res.write(`${i} ${Date.now()} ${Math.random()}\n`); await new Promise((r) => setTimeout(r, 2)); } return res.end(); }
  if (what === 'status') return res.status(500).json({ at: Date.now() });
  if (what === 'hangs') return new Promise(() => {});
  res.set('x-id', crypto.randomUUID());
  res.json({ started: started > 0, age: Date.now() - started, salt, now: Date.now(), body: req.body, query: req.query });
};
