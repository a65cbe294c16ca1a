const crypto = require('crypto');
const stream = require('stream');
const { pipeline } = require('stream/promises');

const textOf = async (readable) => Buffer.concat(await readable.toArray()).toString('hex');

test('a hash is a Transform, whose output is its digest', async () => {
  const hash = crypto.createHash('sha1');
  hash.write('ab');
  hash.end('c');
  assert_equals(await textOf(hash), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  assert_true(hash instanceof stream.Transform && hash instanceof crypto.Hash);
});

test('piping into an HMAC', async () => {
  const hmac = crypto.createHmac('sha1', 'x').setEncoding('hex');
  const digest = await pipeline(stream.Readable.from(['a', 'bc']), hmac, async (source) => (await source.toArray()).join(''));
  assert_equals(digest, 'de4c557553a7f1297136bf8714b0586a1a2fbd01');
});

test('a pipeline of cipher and decipher gives back what went in', async () => {
  const key = Buffer.alloc(32, 1);
  const iv = Buffer.alloc(16, 2);
  const pieces = Array.from({ length: 50 }, (_, i) => Buffer.alloc(i * 7, i));
  const result = await pipeline(
    stream.Readable.from(pieces), crypto.createCipheriv('aes-256-cbc', key, iv), crypto.createDecipheriv('aes-256-cbc', key, iv), (source) => textOf(source),
  );
  assert_equals(result, Buffer.concat(pieces).toString('hex'));
});

test('a stream of what is not authentic fails in the end', async () => {
  const decipher = crypto.createDecipheriv('aes-128-gcm', Buffer.alloc(16), Buffer.alloc(12)).setAuthTag(Buffer.alloc(16));
  const error = await assert_rejects(Error, pipeline(stream.Readable.from([Buffer.alloc(40)]), decipher, (source) => textOf(source)));
  assert_equals(error.message, 'Unsupported state or unable to authenticate data');
});

test('signing and verifying what is written', async () => {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const sign = crypto.createSign('sha256');
  const verify = crypto.createVerify('sha256');
  await pipeline(stream.Readable.from(['some', 'data']), sign);
  await pipeline(stream.Readable.from(['somedata']), verify);
  assert_true(verify.verify(publicKey, sign.sign(privateKey)));
});
