// Ciphers beyond CBC, CTR and GCM: the same bytes as Node 20 with OpenSSL 3.0 makes.

const crypto = require('crypto');

const SIZES = [0, 1, 15, 16, 17, 31, 32, 100, 1000];
const bytes = (size, seed) => Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + seed * 13 + (i >> 3)) & 255));

/** One hash of what a cipher makes of texts of several sizes, in pieces, and the tags. */
function fingerprint(name) {
  const { keyLength, ivLength = 0, mode } = crypto.getCipherInfo(name);
  const key = bytes(keyLength, 1);
  const iv = bytes(ivLength, 2);
  const tagged = mode === 'ccm' || mode === 'ocb' || mode === 'gcm' || name === 'chacha20-poly1305';
  const sum = crypto.createHash('sha256');
  for (const size of SIZES) {
    if ((mode === 'ccm' && size === 0) || (mode === 'wrap' && (size < 16 || (size % 8 !== 0 && !name.endsWith('pad')))) || (mode === 'xts' && size < 16)) continue;
    const text = bytes(size, 3);
    for (const authTagLength of tagged ? [16, 8, 12] : [undefined]) {
      const cipher = crypto.createCipheriv(name, key, iv, { authTagLength });
      const extra = size % 2 ? bytes(size + 3, 4) : bytes(5, 4);
      if (tagged) cipher.setAAD(extra, { plaintextLength: size });
      const half = mode === 'ccm' || mode === 'wrap' || mode === 'xts' ? size : size >> 1;
      const sealed = Buffer.concat([cipher.update(text.subarray(0, half)), ...(half < size ? [cipher.update(text.subarray(half))] : []), cipher.final()]);
      sum.update(sealed);
      if (tagged) sum.update(cipher.getAuthTag());
      const back = crypto.createDecipheriv(name, key, iv, { authTagLength });
      if (tagged) back.setAuthTag(cipher.getAuthTag()).setAAD(extra, { plaintextLength: size });
      const opened = Buffer.concat([back.update(sealed), back.final()]);
      if (!opened.equals(text)) throw new Error(`${name} of ${size} bytes does not come back`);
    }
  }
  return sum.digest('hex').slice(0, 32);
}

const OF_NODE = {
  'aes-128-ccm': 'faa2dc1dc4bacd8e0f5454cfe9b6fe74',
  'aes-192-ccm': '839ffba0d534509dc2e5676832809874',
  'aes-256-ccm': 'b99e5ad23181dd54e7eed7de30d3707e',
  'aes-128-ocb': 'cd13380cea6938e48c42c10ee71abb9a',
  'aes-192-ocb': '52bdd19df4b2a3ef8e2b47789c56ed2d',
  'aes-256-ocb': '370d4874712d7a03a76ecb649ca9eb3b',
  'chacha20-poly1305': '82974059763b4407fb1a15f8c14f11e9',
  'aes-256-gcm': '8ff12b912809c3b9f76b32990600f460',
  'aes-128-cfb': '875925f1f5c40604e8691432b00b5463',
  'aes-192-cfb8': 'cd88469a207c3753f8e3ca2a35cdad11',
  'aes-256-ofb': '118c55a93f8fb4a9607eca4b43ae0e37',
  'aes-128-xts': '7dd7a9806a87630d2c9a88aa117ebc44',
  'aes-256-xts': 'ad2a744cb8ff3294dd2aa9052fa104cd',
  'camellia-256-cbc': '290d8ab6ee780367645a3170f0c56182',
  'camellia-128-ecb': '21dc9ef8e4aac9795b9dade0878d7b90',
  'chacha20': 'ce62176516f49b61eb3ebc107b2af239',
  'des-ede3': '57d72936d7b36666fa1522f522a06f6a',
  'des-ede3-cfb': '17c40fca1cac680169b3103ee938c4d0',
  'des-ede3-cfb8': '2bb5631c49290aeff851f94b4b511ece',
  'des-ede3-ofb': '40e402e9a9c3032d2765f3aafe8382eb',
  'id-aes128-wrap': 'ac9c2bc0032614b4450f257aab03496d',
  'id-aes192-wrap': 'b9fe2137835d12982cf4bfea6cc669bc',
  'id-aes256-wrap': '31dab41dda8e1151f1dce237285cfae8',
  'id-aes128-wrap-pad': '5c5cb63c7c5c539dfda299e5888d86d9',
  'id-aes256-wrap-pad': '4ff771b7256e88d47a1dd48f209f83fd',
  'sm4-cbc': '83fb9aeb90a408bee2e9ecf6509e1a87',
  'sm4-ctr': '4c72313baf9f220a2a11b53f6f36b44b',
  'sm4-ecb': '581de4901c986f60673e92fae3a2359d',
  'sm4-cfb': 'aae074ab0b608ff258f67ce5b4fc6e11',
  'sm4-ofb': '09701e209f10a41028e8a6389fe831da',
};

for (const [name, expected] of Object.entries(OF_NODE)) test(`${name} is what it is in Node, and comes back`, () => assert_equals(fingerprint(name), expected));

test('what is not authentic is refused, and CCM gives nothing of it out', () => {
  for (const name of ['aes-128-ccm', 'aes-128-ocb', 'chacha20-poly1305']) {
    const { keyLength } = crypto.getCipherInfo(name);
    const make = (kind) => crypto[kind](name, bytes(keyLength, 1), bytes(12, 2), { authTagLength: 16 });
    const cipher = make('createCipheriv');
    const sealed = Buffer.concat([cipher.update('secret text'), cipher.final()]);
    const tag = cipher.getAuthTag();
    tag[0] ^= 1;
    const decipher = make('createDecipheriv').setAuthTag(tag);
    const given = decipher.update(sealed);
    if (name === 'aes-128-ccm') assert_equals(given.length, 0);
    assert_throws_message(() => decipher.final(), /unable to authenticate data/);
  }
});

test('CCM needs to know lengths, and says so', () => {
  const cipher = (options) => crypto.createCipheriv('aes-128-ccm', bytes(16, 1), bytes(13, 2), options);
  assert_throws_message(() => cipher(), /authTagLength required for aes-128-ccm/);
  assert_throws_message(() => cipher({ authTagLength: 7 }), /Invalid authentication tag length: 7/);
  assert_throws_message(() => cipher({ authTagLength: 8 }).setAAD(bytes(3, 1)), /options\.plaintextLength required for CCM mode with AAD/);
  assert_throws_message(() => cipher({ authTagLength: 8 }).update(Buffer.alloc(65536)), /Invalid message length/);
});

test('a wrapped key with another check value is refused', () => {
  const sealed = crypto.createCipheriv('aes128-wrap', bytes(16, 1), Buffer.alloc(8, 0xa6)).update(bytes(24, 5));
  const other = () => crypto.createDecipheriv('aes128-wrap', bytes(16, 1), Buffer.alloc(8, 0xa7)).update(sealed);
  assert_throws_message(other, /unsupported state|unable to authenticate/i);
});

test('Triple-DES wraps keys as RFC 3217 has it', () => {
  const sealed = crypto.createCipheriv('des3-wrap', bytes(24, 1), Buffer.alloc(0)).update(bytes(24, 5));
  assert_equals(sealed.length, 40);
  assert_equals(crypto.createDecipheriv('des3-wrap', bytes(24, 1), null).update(sealed).equals(bytes(24, 5)), true);
});

test('errors of OpenSSL have its numbers, library and reason', () => {
  const decipher = crypto.createDecipheriv('aes-128-cbc', bytes(16, 1), bytes(16, 2));
  decipher.update(bytes(16, 3));
  try {
    decipher.final();
    throw new Error('nothing was thrown');
  } catch (error) {
    assert_equals(error.message, 'error:1C800064:Provider routines::bad decrypt');
    assert_deep_equals([error.code, error.library, error.reason], ['ERR_OSSL_BAD_DECRYPT', 'Provider routines', 'bad decrypt']);
  }
});

function assert_throws_message(run, pattern) {
  try {
    run();
  } catch (error) {
    if (!pattern.test(error.message)) throw new Error(`threw ${error.message}`);
    return;
  }
  throw new Error('did not throw');
}
