// Subresource integrity: a response is what its digest says, or a network error.

const URL_OF_HELLO = 'data:text/plain,hello';
const SHA256 = 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=';
const SHA512 = 'm3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw==';

const get = (integrity) => fetch(URL_OF_HELLO, { integrity });

test('a response that matches can be read as ever', async () => {
  for (const integrity of [`sha256-${SHA256}`, `SHA256-${SHA256}`, `sha512-${SHA512}?option`, `  sha256-${SHA256}\n`]) {
    assert_equals(await (await get(integrity)).text(), 'hello', integrity);
  }
});

test('both alphabets of base64, with and without padding', async () => {
  const urlSafe = SHA512.replaceAll('+', '-').replaceAll('/', '_');
  for (const digest of [urlSafe, urlSafe.replaceAll('=', ''), SHA512.replaceAll('=', '')]) {
    assert_equals(await (await get(`sha512-${digest}`)).text(), 'hello');
  }
});

test('a response that does not match is a network error with a code', async () => {
  const error = await assert_rejects(TypeError, get(`sha256-${SHA256.replace('L', 'M')}`));
  assert_equals(error.cause.code, 'ERR_INTEGRITY');
});

test('one of several digests is enough, and only the strongest algorithm counts', async () => {
  assert_equals((await get(`sha256-AAAA sha256-${SHA256}`)).status, 200);
  await assert_rejects(TypeError, get(`sha256-${SHA256} sha512-AAAA`));
  assert_equals((await get(`sha256-AAAA sha512-${SHA512}`)).status, 200);
});

test('what is no metadata asks for nothing', async () => {
  for (const integrity of ['', 'md5-AAAA', 'sha256', 'sha1-AAAA nonsense']) assert_equals((await get(integrity)).status, 200, integrity);
});

test('a request keeps its integrity', async () => {
  const request = new Request(URL_OF_HELLO, { integrity: 'sha256-AAAA' });
  assert_equals(request.clone().integrity, 'sha256-AAAA');
  await assert_rejects(TypeError, fetch(request));
});
