const { generateKeyPairSync } = require('node:crypto');
const jwt = require('jsonwebtoken');

exports.run = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const token = jwt.sign({ a: 1, iat: 1700000000 }, 'secret', { algorithm: 'HS256', issuer: 'me', expiresIn: '100y' });
  const failed = (code) => { try { return code(); } catch (error) { return [error.name, error.message, error.expiredAt]; } };
  return [
    token, jwt.verify(token, 'secret', { issuer: 'me' }), failed(() => jwt.verify(token, 'other')), failed(() => jwt.verify(jwt.sign({ exp: 1 }, 's'), 's')),
    jwt.verify(jwt.sign({ b: 2 }, privateKey, { algorithm: 'ES256', noTimestamp: true }), publicKey), jwt.decode(token, { complete: true }).header,
  ];
};
