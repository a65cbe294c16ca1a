const { subtle } = crypto;
const bytes = (hex) => Uint8Array.fromHex(hex);
const hex = (buffer) => new Uint8Array(buffer).toHex();

// NIST, "The Galois/Counter Mode of Operation", appendix B: test cases 4 to 6, with IVs of 12, 8 and 60 bytes.
const KEY = bytes('feffe9928665731c6d6a8f9467308308');
const TEXT = bytes('d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39');
const EXTRA = bytes('feedfacedeadbeeffeedfacedeadbeefabaddad2');
const CASES = [
  ['cafebabefacedbaddecaf888', '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091', '5bc94fbc3221a5db94fae95ae7121a47'],
  ['cafebabefacedbad', '61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c742373806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598', '3612d2e79e3b0785561be14aaca2fccb'],
  ['9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b', '8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca701e4a9a4fba43c90ccdcb281d48c7c6fd62875d2aca417034c34aee5', '619cc5aefffe0bfa462af43c1699d050'],
];

const importKey = (raw = KEY) => subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);

test('ciphertexts and tags are those of NIST, with IVs of any length', async () => {
  const key = await importKey();
  for (const [iv, text, tag] of CASES) {
    const algorithm = { name: 'AES-GCM', iv: bytes(iv), additionalData: EXTRA };
    const sealed = await subtle.encrypt(algorithm, key, TEXT);
    assert_equals(hex(sealed), text + tag);
    assert_equals(hex(await subtle.decrypt(algorithm, key, sealed)), hex(TEXT));
  }
});

test('IVs that the library does not take work as well, and protect the data as others do', async () => {
  const key = await importKey();
  for (const length of [1, 7, 129, 300]) {
    const algorithm = { name: 'AES-GCM', iv: new Uint8Array(length).fill(7), additionalData: EXTRA };
    const sealed = new Uint8Array(await subtle.encrypt(algorithm, key, TEXT));
    assert_equals(sealed.length, TEXT.length + 16);
    assert_equals(hex(await subtle.decrypt(algorithm, key, sealed)), hex(TEXT));
    sealed[3] ^= 1;
    await assert_rejects('OperationError', subtle.decrypt(algorithm, key, sealed));
  }
  await assert_rejects('OperationError', subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(0) }, key, TEXT));
});

test('tags can be shorter, and a changed one is refused', async () => {
  const key = await importKey();
  for (const tagLength of [32, 64, 96, 104, 112, 120, 128]) {
    const algorithm = { name: 'AES-GCM', iv: bytes(CASES[0][0]), tagLength };
    const sealed = new Uint8Array(await subtle.encrypt(algorithm, key, TEXT));
    assert_equals(sealed.length, TEXT.length + tagLength / 8);
    assert_equals(hex(await subtle.decrypt(algorithm, key, sealed)), hex(TEXT));
    sealed[sealed.length - 1] ^= 1;
    await assert_rejects('OperationError', subtle.decrypt(algorithm, key, sealed));
  }
  for (const tagLength of [0, 16, 127]) await assert_rejects('OperationError', subtle.encrypt({ name: 'AES-GCM', iv: KEY, tagLength }, key, TEXT));
});

test('data shorter than a tag, other additional data and another key are refused', async () => {
  const algorithm = { name: 'AES-GCM', iv: bytes(CASES[0][0]), additionalData: EXTRA };
  const key = await importKey();
  const sealed = await subtle.encrypt(algorithm, key, TEXT);
  await assert_rejects('OperationError', subtle.decrypt(algorithm, key, new Uint8Array(15)));
  await assert_rejects('OperationError', subtle.decrypt({ ...algorithm, additionalData: TEXT }, key, sealed));
  const error = await assert_rejects('OperationError', subtle.decrypt(algorithm, await importKey(new Uint8Array(32)), sealed));
  assert_equals(error.message, 'the data could not be decrypted: the key, the parameters or the data are wrong');
});

test('several megabytes go through', async () => {
  const key = await importKey();
  const data = new Uint8Array(5 << 20);
  data[data.length - 1] = 9;
  const algorithm = { name: 'AES-GCM', iv: KEY };
  const opened = new Uint8Array(await subtle.decrypt(algorithm, key, await subtle.encrypt(algorithm, key, data)));
  assert_equals(opened.length, data.length);
  assert_equals(opened[data.length - 1], 9);
});
