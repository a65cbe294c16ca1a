// @tsndr/cloudflare-worker-jwt: tokens with what crypto.subtle has.

import jwt from '@tsndr/cloudflare-worker-jwt';

const SECRET = 'a secret of the tests';

export default {
  async fetch(request) {
    const token = await jwt.sign({ sub: 'ada', nbf: 1_700_000_000 }, SECRET, { algorithm: 'HS384' });
    const verified = await jwt.verify(token, SECRET, { algorithm: 'HS384' });
    const forged = await jwt.verify(`${token.slice(0, -4)}AAAA`, SECRET, { algorithm: 'HS384' });
    let expired = 'accepted';
    try {
      await jwt.verify(await jwt.sign({ exp: 1 }, SECRET), SECRET, { throwError: true });
    } catch (error) {
      expired = error.message;
    }
    const { header, payload } = jwt.decode(token);
    return Response.json({ verified: verified?.payload?.sub ?? verified, forged: forged ?? null, expired, header, sub: payload.sub });
  },
};
