// page: an HTML page with a form, a guest book that is kept in the key-value store.
//
// Open http://127.0.0.1:8080/ in a browser.  What visitors write is text, never markup: `html` escapes every value.
// After a post the browser is redirected, so that loading the page again does not send the form again.

const { html } = require('./html');

const MAX_ENTRIES = 20;
const MAX_NAME = 60;
const MAX_TEXT = 500;
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

async function entries() {
  const { keys } = await kv.list({ prefix: 'entry:', limit: MAX_ENTRIES });
  const values = await kv.getMany(keys.map((key) => key.name));
  return [...values.values()].filter(Boolean);
}

/** Keys sort by name, so the newest entry has the smallest one. */
function newKey() {
  return `entry:${String(10 ** 14 - Date.now()).padStart(15, '0')}:${crypto.randomUUID()}`;
}

const show = (entry) => html`<li><b>${entry.name}</b> <time>${entry.at}</time><p>${entry.text}</p></li>`;

const page = (list, problem = '') => html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Guest book</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem } input, textarea { width: 100%; font: inherit }
time { color: #666 } [role=alert] { color: #a00 }</style>
<h1>Guest book</h1>
${problem && html`<p role="alert">${problem}</p>`}
<form method="post">
  <p><label>Name <input name="name" maxlength="${MAX_NAME}" required></label>
  <p><label>Text <textarea name="text" maxlength="${MAX_TEXT}" rows="3" required></textarea></label>
  <p><button>Sign</button>
</form>
<ol>${list.map(show)}</ol>
</html>
`;

const check = ({ name, text }) => {
  if (typeof name !== 'string' || name.trim() === '' || name.length > MAX_NAME) return `A name has 1 to ${MAX_NAME} characters.`;
  return typeof text !== 'string' || text.trim() === '' || text.length > MAX_TEXT ? `A text has 1 to ${MAX_TEXT} characters.` : '';
};

const router = Router();

router.use((req, res, next) => {
  res.set({ 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'same-origin' });
  next();
});

router.get('/', async (req, res) => {
  res.send(String(page(await entries())));
});

router.post('/', async (req, res) => {
  const problem = check(req.body);
  if (problem) return res.status(422).send(String(page(await entries(), problem)));
  await kv.set(newKey(), { name: req.body.name.trim(), text: req.body.text.trim(), at: new Date().toISOString() });
  return res.redirect(303, req.baseUrl || '/');
});

module.exports = router;
