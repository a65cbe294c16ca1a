// aggregate: asks several services at once and puts their answers together.
//
//   curl http://127.0.0.1:8080/aggregate
//
// UPSTREAMS is a list of NAME=URL, separated by spaces; UPSTREAM_TIMEOUT_MS is how long each may take.  One that fails
// or is slow does not hold up the others: its error stands where its answer would.  The answer is 200 when all came,
// 206 when some did, 502 when none did.

const DEFAULT_UPSTREAMS = 'zen=https://api.github.com/zen limits=https://api.github.com/rate_limit';
const DEFAULT_TIMEOUT_MS = 3000;
const MAX_BYTES = 1_000_000;

function upstreams() {
  return (process.env.UPSTREAMS || DEFAULT_UPSTREAMS).split(/\s+/).filter(Boolean).map((entry) => {
    const at = entry.indexOf('=');
    if (at < 1 || !URL.canParse(entry.slice(at + 1))) throw new Error(`UPSTREAMS has an entry that is not NAME=URL: ${entry}`);
    return { name: entry.slice(0, at), url: entry.slice(at + 1) };
  });
}

/** The body, which may not be larger than MAX_BYTES. */
async function read(response) {
  const chunks = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error(`the answer is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function ask({ name, url }, timeout, signal) {
  const started = Date.now();
  const response = await fetch(url, {
    headers: { accept: 'application/json', 'user-agent': 'edge-example' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
  });
  const text = await read(response);
  if (!response.ok) throw new Error(`status ${response.status}`);
  const isJson = response.headers.get('content-type')?.includes('json');
  return { name, ok: true, ms: Date.now() - started, data: isJson ? JSON.parse(text) : text };
}

function explain(error, timeout) {
  return error.name === 'TimeoutError' ? `no answer within ${timeout} ms` : error.message;
}

module.exports = async function aggregate(req, res) {
  const timeout = Number(process.env.UPSTREAM_TIMEOUT_MS) || DEFAULT_TIMEOUT_MS;
  const asked = upstreams();
  const settled = await Promise.allSettled(asked.map((upstream) => ask(upstream, timeout, req.signal)));
  const results = settled.map((one, i) => (one.status === 'fulfilled' ? one.value : { name: asked[i].name, ok: false, error: explain(one.reason, timeout) }));
  for (const result of results) if ('error' in result) console.warn('upstream %s failed: %s', result.name, result.error);

  const good = results.filter((result) => result.ok).length;
  res.status(good === results.length ? 200 : good > 0 ? 206 : 502).set('Cache-Control', 'no-store').json({ complete: good === results.length, results });
};
