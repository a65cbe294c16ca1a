// webhook: takes signed notifications, each of them once.
//
// The sender signs `TIMESTAMP.BODY` with HMAC-SHA-256 and a shared secret (WEBHOOK_SECRET):
//
//   body='{"id":"evt_1","type":"paid"}'; now=$(date +%s)
//   signature=$(printf '%s.%s' "$now" "$body" | openssl dgst -sha256 -hmac 'only for trying it out' -hex | sed 's/.* //')
//   curl -H "X-Signature: t=$now,v1=$signature" -H 'Content-Type: application/json' -d "$body" http://127.0.0.1:8080/webhook
//
// Three things matter: the signature covers the bytes as they came (req.rawBody, not the parsed body), it is compared
// in constant time, and an event that is delivered again is not handled again.

const { verify } = require('./signature');

const REMEMBER_MS = 7 * 24 * 60 * 60 * 1000;

/** Takes the event for this delivery; false when another delivery had it before. */
async function claim(id) {
  const key = `event:${id}`;
  // The check and the write are one step, so two deliveries at the same time cannot both win.
  const { ok } = await kv.atomic().check({ key, versionstamp: null }).set(key, { receivedAt: Date.now() }, REMEMBER_MS).commit();
  return ok;
}

function handleEvent(event) {
  console.log('event %s of type %s', event.id, event.type);
}

module.exports = async function webhook(req, res) {
  if (req.method !== 'POST') return res.set('Allow', 'POST').sendStatus(405);
  const secret = process.env.WEBHOOK_SECRET;
  if (!secret) throw new Error('WEBHOOK_SECRET is not set: add it to the env or the secrets of this function');

  const problem = verify(req.rawBody, req.get('X-Signature'), secret, Date.now());
  if (problem !== null) return res.status(401).json({ error: problem });
  if (typeof req.body?.id !== 'string' || req.body.id === '') return res.status(400).json({ error: 'the event has no id' });

  if (!(await claim(req.body.id))) return res.json({ status: 'duplicate', id: req.body.id });
  handleEvent(req.body);
  return res.status(202).json({ status: 'accepted', id: req.body.id });
};
