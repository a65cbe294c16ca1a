const nacl = require('tweetnacl');

exports.run = () => {
  const { publicKey, secretKey } = nacl.box.keyPair.fromSecretKey(new Uint8Array(32).fill(5));
  const signed = nacl.sign(Buffer.from('text'), nacl.sign.keyPair.fromSeed(new Uint8Array(32)).secretKey);
  return [nacl.box(new Uint8Array([1]), new Uint8Array(24), publicKey, secretKey), nacl.hash(new Uint8Array(3)), signed, nacl.randomBytes(4).length];
};
