const { Buffer: B, isUtf8, isAscii, transcode, constants } = require('buffer');

test('text goes in and comes out in every encoding', () => {
  const text = 'héllo €😀';
  for (const encoding of ['utf8', 'utf-8', 'ucs2', 'utf16le', 'base64', 'base64url', 'hex']) {
    const plain = ['base64', 'base64url', 'hex'].includes(encoding) ? B.from(text).toString(encoding) : text;
    assert_equals(B.from(plain, encoding).toString(encoding), plain, encoding);
  }
  assert_equals(B.from('é', 'latin1').toString('hex'), 'e9');
  assert_equals(B.from('é', 'binary').toString('latin1'), 'é');
  assert_equals(B.from('é').toString('ascii'), 'C)');
});

test('base64 is read leniently, in both alphabets', () => {
  for (const text of ['-_8=', '+/8=', '+/8', '-_8', ' + / 8 ', '+/8=junk']) assert_equals(B.from(text, 'base64').toString('hex'), 'fbff', text);
  assert_equals(B.from([251, 255]).toString('base64url'), '-_8');
});

test('hexadecimal ends where it stops being any', () => {
  assert_equals(B.from('00ffzz11', 'hex').length, 2);
  assert_equals(B.from('abc', 'hex').length, 1);
});

test('malformed UTF-8 becomes replacement characters, lone surrogates do too', () => {
  assert_equals(B.from([0xf0, 0x9f, 0x98, 0x41, 0xc3]).toString(), '\ufffdA\ufffd');
  assert_equals(B.from('\ud800').toString('hex'), 'efbfbd');
});

test('from() takes what Node takes', () => {
  const memory = new Uint8Array([1, 2, 3, 4]).buffer;
  assert_deep_equals([...B.from(memory, 1, 2)], [2, 3]);
  B.from(memory)[0] = 9;
  assert_equals(new Uint8Array(memory)[0], 9, 'an ArrayBuffer is shared');
  assert_deep_equals([...B.from([1, 300, -1, '5', null])], [1, 44, 255, 5, 0]);
  assert_deep_equals([...B.from({ type: 'Buffer', data: [7] })], [7]);
  assert_equals(B.from(new String('boxed')).toString(), 'boxed');
  for (const bad of [5, null, undefined, {}, Symbol('x'), () => {}]) assert_throws('ERR_INVALID_ARG_TYPE', () => B.from(bad));
  assert_throws('ERR_UNKNOWN_ENCODING', () => B.from('a', 'nope'));
});

test('views share memory, copies do not', () => {
  const whole = B.from('abcdef');
  whole.subarray(1, 3)[0] = 0x58;
  whole.slice(-2)[1] = 0x59;
  assert_equals(whole.toString(), 'aXcdeY');
  B.from(whole)[0] = 0;
  assert_equals(whole[0], 0x61);
  assert_true(whole.subarray(1) instanceof B);
  assert_true(whole.map((byte) => byte) instanceof B);
});

test('numbers are written and read at their places', () => {
  const b = B.alloc(20);
  b.writeUInt8(200, 0); b.writeInt16BE(-2, 1); b.writeUInt32LE(0xdeadbeef, 3); b.writeIntBE(-5, 7, 6); b.writeUIntLE(2 ** 48 - 1, 13, 6);
  assert_deep_equals([b.readUInt8(0), b.readInt16BE(1), b.readUInt32LE(3), b.readIntBE(7, 6), b.readUIntLE(13, 6)], [200, -2, 0xdeadbeef, -5, 2 ** 48 - 1]);
  b.writeDoubleBE(Math.PI, 0); b.writeFloatLE(0.5, 8); b.writeBigInt64LE(-3n, 12);
  assert_deep_equals([b.readDoubleBE(0), b.readFloatLE(8), b.readBigInt64LE(12), b.readBigUInt64LE(12)], [Math.PI, 0.5, -3n, 2n ** 64n - 3n]);
  assert_true(b.readUint8 === b.readUInt8);
});

test('what does not fit is refused', () => {
  const b = B.alloc(4);
  for (const run of [() => b.writeUInt8(256), () => b.writeInt8(-129), () => b.readUInt32LE(1), () => b.readInt8(4), () => b.readInt8(1.5), () => b.writeBigInt64LE(2n ** 63n)]) {
    assert_throws('ERR_OUT_OF_RANGE', run);
  }
  assert_throws('ERR_BUFFER_OUT_OF_BOUNDS', () => b.readDoubleLE());
  assert_throws('ERR_INVALID_ARG_TYPE', () => b.readInt8('0'));
  assert_throws('ERR_OUT_OF_RANGE', () => B.alloc(-1));
  assert_throws('ERR_INVALID_ARG_TYPE', () => B.alloc('5'));
});

test('searching works for bytes, text and buffers, both ways', () => {
  const b = B.from('abcabcabc');
  assert_deep_equals([b.indexOf('c'), b.indexOf('abc', 1), b.lastIndexOf('abc'), b.lastIndexOf('abc', -4), b.indexOf(0x62), b.indexOf(B.from('ca')), b.includes('x')], [2, 3, 6, 3, 1, 2, false]);
  assert_equals(B.from('aéa', 'utf16le').indexOf('é', 0, 'utf16le'), 2);
});

test('comparing, concatenating, filling, copying and swapping', () => {
  assert_deep_equals([B.compare(B.from('a'), B.from('b')), B.from('b').compare(B.from('a')), B.from('a').equals(new Uint8Array([97]))], [-1, 1, true]);
  assert_equals(B.concat([B.from('ab'), new Uint8Array([99]), B.from('d')]).toString(), 'abcd');
  assert_equals(B.concat([B.from('abc')], 2).toString(), 'ab');
  assert_equals(B.alloc(5, 'ab').toString(), 'ababa');
  assert_equals(B.alloc(4).fill('é').toString('hex'), 'c3a9c3a9');
  const target = B.alloc(4, '.');
  assert_equals(B.from('xyz').copy(target, 2), 2);
  assert_equals(target.toString(), '..xy');
  assert_equals(B.from('0102', 'hex').swap16().toString('hex'), '0201');
  assert_throws('ERR_INVALID_BUFFER_SIZE', () => B.alloc(3).swap16());
});

test('write() writes whole characters only', () => {
  const b = B.alloc(4);
  assert_equals(b.write('€€'), 3);
  assert_equals(b.write('ab', 3), 1);
  assert_equals(b.write('ff00', 0, 'hex'), 2);
});

test('byteLength, isEncoding and isBuffer', () => {
  assert_deep_equals([B.byteLength('é€😀'), B.byteLength('é', 'utf16le'), B.byteLength('YWI=', 'base64'), B.byteLength('abcd', 'hex')], [9, 2, 2, 2]);
  assert_deep_equals(['utf8', 'HEX', 'base64url', 'x', ''].map(B.isEncoding), [true, true, true, false, false]);
  assert_deep_equals([B.isBuffer(B.alloc(0)), B.isBuffer(new Uint8Array(0))], [true, false]);
});

test('it shows and serialises as Node does', () => {
  const { inspect } = require('util');
  assert_equals(inspect(B.from('hé')), '<Buffer 68 c3 a9>');
  assert_true(inspect(B.alloc(60)).endsWith(' ... 10 more bytes>'));
  assert_equals(JSON.stringify(B.from('a')), '{"type":"Buffer","data":[97]}');
});

test('the rest of the module', () => {
  assert_deep_equals([isUtf8(B.from('é')), isUtf8(B.from([0xff])), isAscii(B.from('a')), isAscii(B.from('é'))], [true, false, true, false]);
  assert_equals(transcode(B.from('€a'), 'utf8', 'ascii').toString(), '?a');
  assert_true(constants.MAX_LENGTH > 2 ** 31);
  assert_equals(Buffer(3).length, 3, 'callable without new');
  assert_equals(new Buffer('6162', 'hex').toString(), 'ab');
});

test('large texts are whole', () => {
  const text = 'é€😀x'.repeat(50000);
  assert_equals(B.from(text).toString(), text);
  assert_equals(B.from(text, 'utf16le').toString('utf16le'), text);
  assert_equals(B.from(B.from(text).toString('base64'), 'base64').toString(), text);
});

test('memory can be asked for with new, as some packages do', () => {
  for (const make of [Buffer.alloc, Buffer.allocUnsafe, Buffer.allocUnsafeSlow]) {
    assert_true(new make(3) instanceof Buffer, make.name);
    assert_equals(new make(3).length, 3);
  }
});
