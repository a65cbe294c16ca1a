// X509Certificate and Certificate: the expected values are what Node 20 says of the same certificates.

const crypto = require('crypto');
const vector = require('./crypto_certificate_vector.js');

const certificate = () => new crypto.X509Certificate(vector.CERTIFICATE);

test('a certificate tells what is in it, as Node does', () => {
  const x509 = certificate();
  assert_equals(x509.subject, "C=CH\nO=Edge\\, Inc\nCN=example.com\nemailAddress=a@example.com");
  assert_equals(x509.issuer, x509.subject);
  assert_equals(x509.subjectAltName, "DNS:example.com, DNS:*.wild.example.com, DNS:www*.part.example.com, IP Address:127.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, email:a@example.com, URI:\"http://x/?a\\u002cb\"");
  assert_equals(x509.infoAccess, 'OCSP - URI:http://ocsp.example.com/');
  assert_deep_equals(x509.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert_deep_equals([x509.validFrom, x509.validTo], ['Nov 30 14:43:42 2026 GMT', 'Nov  6 14:43:42 2126 GMT']);
  assert_equals(x509.validToDate.getTime(), Date.parse(x509.validTo));
  assert_equals(x509.serialNumber, '25AEA4E23C226D26647AC9E44FBFAA789BEC22D0');
  assert_equals(x509.fingerprint, '09:38:D3:5B:8B:5C:A5:46:3B:AC:2C:D9:FB:10:8A:67:B2:17:86:D4');
  assert_equals(x509.fingerprint256, '0B:04:B4:77:84:BA:55:07:2C:23:31:C2:B1:0F:85:6C:3B:06:0A:9F:08:F9:90:C3:4C:23:38:5D:92:07:70:3C');
  assert_equals(x509.ca, false);
  assert_equals(x509.publicKey.asymmetricKeyDetails.modulusLength, 1024);
  assert_equals(x509.toString(), vector.CERTIFICATE);
  assert_equals(JSON.parse(JSON.stringify({ x509 })).x509, vector.CERTIFICATE);
  assert_true(new crypto.X509Certificate(x509.raw).fingerprint512 === x509.fingerprint512);
});

test('hosts, mailboxes and addresses are checked by OpenSSL\'s rules', () => {
  const x509 = certificate();
  const hosts = ['example.com', 'EXAMPLE.com', 'a.wild.example.com', 'a.b.wild.example.com', 'www1.part.example.com', 'other.com', 'wild.example.com', '.example.com'];
  assert_deep_equals(hosts.map((host) => x509.checkHost(host)), ['example.com', 'example.com', '*.wild.example.com', undefined, 'www*.part.example.com', undefined, undefined, '*.wild.example.com']);
  assert_equals(x509.checkHost('a.b.wild.example.com', { multiLabelWildcards: true }), '*.wild.example.com');
  assert_equals(x509.checkHost('www1.part.example.com', { partialWildcards: false }), undefined);
  assert_equals(x509.checkHost('a.wild.example.com', { wildcards: false }), undefined);
  assert_deep_equals(['127.0.0.1', '2001:db8::1', '2001:DB8:0::1', '::1', 'nonsense'].map((ip) => x509.checkIP(ip)), ['127.0.0.1', '2001:db8::1', '2001:DB8:0::1', undefined, undefined]);
  assert_deep_equals(['a@example.com', 'A@example.com', 'a@EXAMPLE.com'].map((one) => x509.checkEmail(one)), ['a@example.com', undefined, 'a@EXAMPLE.com']);
});

test('who signed it, and whose key it has', () => {
  const x509 = certificate();
  const other = crypto.generateKeyPairSync('rsa', { modulusLength: 1024 });
  assert_deep_equals([x509.checkIssued(x509), x509.verify(x509.publicKey), x509.verify(other.publicKey)], [true, true, false]);
  assert_deep_equals([x509.checkPrivateKey(crypto.createPrivateKey(vector.KEY)), x509.checkPrivateKey(other.privateKey)], [true, false]);
  const ec = new crypto.X509Certificate(vector.OF_EC);
  assert_deep_equals([ec.verify(ec.publicKey), ec.checkIssued(x509)], [true, false]);
  assert_throws('ERR_INVALID_ARG_TYPE', () => x509.checkIssued({}));
  assert_throws('ERR_INVALID_ARG_VALUE', () => x509.verify(other.privateKey));
});

test('the old form has the same members in the same order', () => {
  const legacy = certificate().toLegacyObject();
  assert_deep_equals(Object.keys(legacy), ['subject', 'issuer', 'subjectaltname', 'infoAccess', 'ca', 'modulus', 'bits', 'exponent', 'pubkey', 'valid_from', 'valid_to', 'fingerprint', 'fingerprint256', 'fingerprint512', 'ext_key_usage', 'serialNumber', 'raw']);
  assert_deep_equals({ ...legacy.subject }, { C: 'CH', O: 'Edge, Inc', CN: 'example.com', emailAddress: 'a@example.com' });
  assert_deep_equals({ ...legacy.infoAccess }, { 'OCSP - URI': ['http://ocsp.example.com/'] });
  assert_deep_equals([legacy.bits, legacy.exponent, legacy.pubkey.length], [1024, '0x10001', 162]);
  const ec = new crypto.X509Certificate(vector.OF_EC).toLegacyObject();
  assert_deep_equals([ec.asn1Curve, ec.nistCurve, ec.bits, ec.pubkey.length], ['prime256v1', 'P-256', 256, 65]);
  assert_deep_equals(Object.keys(ec), ['subject', 'issuer', 'ca', 'bits', 'pubkey', 'asn1Curve', 'nistCurve', 'valid_from', 'valid_to', 'fingerprint', 'fingerprint256', 'fingerprint512', 'serialNumber', 'raw']);
});

test('what is no certificate is refused with OpenSSL\'s code', () => {
  assert_throws('ERR_OSSL_PEM_NO_START_LINE', () => new crypto.X509Certificate('nonsense'));
  assert_throws('ERR_OSSL_ASN1_WRONG_TAG', () => new crypto.X509Certificate('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'));
  assert_throws('ERR_INVALID_ARG_TYPE', () => new crypto.X509Certificate(5));
});

test('a signed public key and challenge', () => {
  const { Certificate } = crypto;
  assert_deep_equals([Certificate.verifySpkac(Buffer.from(vector.SPKAC)), Certificate.verifySpkac('nonsense')], [true, false]);
  assert_equals(Certificate.exportChallenge(vector.SPKAC).toString(), 'a challenge');
  assert_equals(new Certificate().exportPublicKey(vector.SPKAC).toString(), crypto.createPublicKey(vector.KEY).export({ type: 'spki', format: 'pem' }));
  assert_equals(Certificate().exportChallenge('nonsense'), '');
});
