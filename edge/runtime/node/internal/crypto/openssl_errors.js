// What Node shows of an error of OpenSSL: its number and the part of the library, by the reason.
// The numbers are those of OpenSSL 3 (include/openssl/err.h: library << 23 | reason).

const PROVIDER = 'Provider routines';
const ENVELOPE = 'digital envelope routines';
const RSA = 'rsa routines';

const known = () => ({
  __proto__: null,
  'bad password read': ['04800068', 'PEM routines'], 'bad decrypt': ['1C800064', PROVIDER], 'bad generator': ['05000065', 'Diffie-Hellman routines'], 'bits too small': ['01800076', 'bignum routines'],
  'bignum too long': ['01800072', 'bignum routines'], 'data too large for key size': ['0200006E', RSA], 'data too large for modulus': ['02000084', RSA],
  'data too small for key size': ['0200007A', RSA], 'decode error': ['03000072', ENVELOPE], 'digest too big for rsa key': ['02000070', RSA], 'failed during derivation': ['1C8000A6', PROVIDER], 'digest not allowed': ['1C8000AE', PROVIDER],
  'illegal or unsupported padding mode': ['1C8000A5', PROVIDER], 'interrupted or cancelled': ['07880109', 'common libcrypto routines'], 'invalid digest': ['1C80007A', PROVIDER],
  'invalid padding': ['0200008A', RSA], 'key size too small': ['1C8000AB', PROVIDER], 'mismatching domain parameters': ['1C8000CB', PROVIDER],
  'modulus too large': ['05000067', 'Diffie-Hellman routines'], 'modulus too small': ['0500007E', 'Diffie-Hellman routines'], 'no start line': ['0480006C', 'PEM routines'],
  'not XOF or invalid length': ['030000B2', ENVELOPE], 'oaep decoding error': ['02000079', RSA], 'operation not supported for this keytype': ['03000096', ENVELOPE],
  'pkcs decoding error': ['0200009F', RSA], 'pss saltlen too small': ['1C8000AC', PROVIDER], 'pub exponent out of range': ['020000B2', RSA], 'tag not set': ['1C800077', PROVIDER],
  'unsupported': ['1E08010C', 'DECODER routines'], 'wrong final block length': ['1C80006B', PROVIDER], 'wrong tag': ['068000A8', 'asn1 encoding routines'],
  'xts duplicated keys': ['1C800095', PROVIDER],
});

/** Adds `library` and `reason` to an error whose message is a reason, and makes the message OpenSSL's. */
export function decorate(error) {
  const found = known()[error.message];
  if (found === undefined) return;
  error.library = found[1];
  error.reason = error.message;
  error.message = `error:${found[0]}:${found[1]}::${error.message}`;
}
