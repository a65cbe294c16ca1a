// Async iterables as bodies: generators, and whatever else has Symbol.asyncIterator.

async function* parts(...values) {
  for (const value of values) yield value;
}

test('strings and bytes of every kind are joined', async () => {
  const body = parts('text ', new Uint8Array([0x61]), new DataView(new Uint8Array([0x62]).buffer), new Uint8Array([0x63]).buffer, '\ud800');
  assert_equals(await new Response(body).text(), 'text abc\ufffd');
});

test('the body is a stream, and has no type', async () => {
  const response = new Response(parts('a', 'b'));
  assert_true(response.body instanceof ReadableStream);
  assert_equals(response.headers.get('content-type'), null);
  assert_equals(await response.text(), 'ab');
});

test('a chunk of another kind fails the body and ends the iterator', async () => {
  let ended = false;
  const body = (async function* () { try { yield 'a'; yield 1; } finally { ended = true; } })();
  await assert_rejects(TypeError, new Response(body).text());
  await sleep(1);
  assert_true(ended);
});

test('what the iterator throws is what reading throws', async () => {
  const failing = (async function* () { yield 'a'; throw new RangeError('mine'); })();
  await assert_rejects(RangeError, new Response(failing).text());
});

test('cancelling the stream ends the iterator', async () => {
  let ended = false;
  const body = (async function* () { try { yield 'a'; yield 'b'; } finally { ended = true; } })();
  const reader = new Response(body).body.getReader();
  await reader.read();
  await reader.cancel();
  await sleep(1);
  assert_true(ended);
});

test('malformed iterators are TypeErrors', async () => {
  assert_throws(TypeError, () => new Response({ [Symbol.asyncIterator]: () => 1 }));
  await assert_rejects(TypeError, new Response({ [Symbol.asyncIterator]: () => ({ next: () => 1 }) }).text());
  await assert_rejects(TypeError, new Response({ [Symbol.asyncIterator]: () => ({}) }).text());
});

test('a request with keepalive cannot have one', () => {
  assert_throws(TypeError, () => new Request('http://host.example/', { method: 'POST', body: parts('a'), keepalive: true }));
});

test('a body that has an iterator but is a string object is a string', async () => {
  assert_equals(await new Response(new String('text')).text(), 'text');
});
