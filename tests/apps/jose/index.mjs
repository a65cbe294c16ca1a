// jose: tokens signed, encrypted and verified with every family of algorithms.

import {
  CompactEncrypt, EncryptJWT, SignJWT, base64url, calculateJwkThumbprint, compactDecrypt, createLocalJWKSet, decodeJwt, decodeProtectedHeader,
  errors, exportJWK, exportSPKI, generateKeyPair, generateSecret, importJWK, importSPKI, jwtDecrypt, jwtVerify,
} from 'jose';

const secret = new TextEncoder().encode('0123456789abcdef0123456789abcdef');
const claims = { sub: 'ada', admin: true };
const RSA = 2048;

async function hmac(alg) {
  const token = await new SignJWT(claims).setProtectedHeader({ alg }).setIssuer('edge').setAudience('tests').setIssuedAt(1_700_000_000).sign(secret);
  const { payload } = await jwtVerify(token, secret, { issuer: 'edge', audience: 'tests' });
  return { token, payload, header: decodeProtectedHeader(token), decoded: decodeJwt(token).sub };
}

async function asymmetric(alg) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: RSA });
  const token = await new SignJWT(claims).setProtectedHeader({ alg, kid: 'k' }).sign(privateKey);
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg, use: 'sig' };
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet({ keys: [jwk] }));
  const again = await importSPKI(await exportSPKI(publicKey), alg);
  const { payload: same } = await jwtVerify(token, again);
  return { payload, protectedHeader, same, kty: jwk.kty, crv: jwk.crv };
}

async function encrypted(alg, enc) {
  const direct = alg === 'dir';
  const { publicKey, privateKey } = direct || alg.startsWith('A') ? {} : await generateKeyPair(alg, { modulusLength: RSA });
  const shared = publicKey ? null : await generateSecret(direct ? enc : alg);
  const token = await new EncryptJWT(claims).setProtectedHeader({ alg, enc }).encrypt(publicKey ?? shared);
  return { parts: token.split('.').length, payload: (await jwtDecrypt(token, privateKey ?? shared)).payload };
}

async function password() {
  const jwe = await new CompactEncrypt(new TextEncoder().encode('secret text')).setProtectedHeader({ alg: 'PBES2-HS256+A128KW', enc: 'A128CBC-HS256' }).encrypt(secret);
  return new TextDecoder().decode((await compactDecrypt(jwe, secret, { keyManagementAlgorithms: ['PBES2-HS256+A128KW'] })).plaintext);
}

// The example of RFC 8037, appendix A.
const ED25519 = { kty: 'OKP', crv: 'Ed25519', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };

async function fixed() {
  const key = await importJWK(ED25519, 'EdDSA');
  return { thumbprint: await calculateJwkThumbprint(ED25519), token: await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA' }).sign(key) };
}

async function refused() {
  const expired = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime(1).sign(secret);
  const attempts = [
    () => jwtVerify(expired, secret),
    () => jwtVerify(`${expired}x`, secret),
    () => jwtVerify(expired, secret, { algorithms: ['HS512'] }),
    () => jwtVerify('not a token', secret),
  ];
  const codes = await Promise.all(attempts.map((attempt) => attempt().then(() => 'accepted', (error) => (error instanceof errors.JOSEError ? error.code : `${error}`))));
  return { codes, encoded: base64url.encode('ü?>') };
}

const routes = {
  '/hmac': () => Promise.all(['HS256', 'HS384', 'HS512'].map(hmac)),
  '/rsa': () => Promise.all(['RS256', 'PS384'].map(asymmetric)),
  '/ecdsa': () => Promise.all(['ES256', 'ES384', 'ES512'].map(asymmetric)),
  '/eddsa': () => asymmetric('EdDSA'),
  '/direct': () => Promise.all(['A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'].map((enc) => encrypted('dir', enc))),
  '/wrapped': () => Promise.all(['A128KW', 'A256GCMKW', 'RSA-OAEP-256', 'ECDH-ES+A256KW'].map((alg) => encrypted(alg, 'A256GCM'))),
  '/password': password,
  '/fixed': fixed,
  '/refused': refused,
};

export default {
  async fetch(request) {
    const route = routes[new URL(request.url).pathname];
    return route ? Response.json(await route()) : new Response('not found', { status: 404 });
  },
};
