const hex = (buffer) => new Uint8Array(buffer).toHex();
const abc = new TextEncoder().encode('abc');

test('digests of "abc" are those of FIPS 180-4', async () => {
  assert_equals(hex(await crypto.subtle.digest('SHA-1', abc)), 'a9993e364706816aba3e25717850c26c9cd0d89d');
  assert_equals(hex(await crypto.subtle.digest({ name: 'sha-256' }, abc.buffer)), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert_true(hex(await crypto.subtle.digest('SHA-384', abc)).startsWith('cb00753f45a35e8bb5a03d699ac65007'));
  assert_true(hex(await crypto.subtle.digest('SHA-512', new DataView(abc.buffer))).startsWith('ddaf35a193617abacc417349ae204131'));
});

test('a message larger than the border\'s box is digested whole', async () => {
  assert_equals(hex(await crypto.subtle.digest('SHA-256', new Uint8Array(1000000).fill(0x61))), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
});

test('other hashes are not supported, other data is a TypeError', async () => {
  await assert_rejects('NotSupportedError', crypto.subtle.digest('MD5', abc));
  await assert_rejects(TypeError, crypto.subtle.digest('SHA-1', 'abc'));
});
