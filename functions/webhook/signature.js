// Signatures of the form "t=SECONDS,v1=HEX[,v1=HEX]"; several v1 while the sender changes its secret.

const { createHmac, timingSafeEqual } = require('node:crypto');

const TOLERANCE_S = 300;
const HEX_DIGEST = /^[0-9a-f]{64}$/;

function parse(header) {
  const fields = { t: NaN, v1: /** @type {Buffer[]} */ ([]) };
  for (const field of header.split(',')) {
    const [name, value = ''] = field.trim().split('=', 2);
    if (name === 't') fields.t = Number(value);
    if (name === 'v1' && HEX_DIGEST.test(value)) fields.v1.push(Buffer.from(value, 'hex'));
  }
  return fields;
}

/** What is wrong with a signature, or null.  `now` is in milliseconds. */
exports.verify = function verify(body, header, secret, now) {
  if (!header) return 'the header X-Signature is missing';
  const { t, v1 } = parse(header);
  if (!Number.isInteger(t) || v1.length === 0) return 'the header X-Signature is malformed; it must be t=SECONDS,v1=HEX';
  if (Math.abs(now / 1000 - t) > TOLERANCE_S) return `the signature is older than ${TOLERANCE_S} seconds`;
  const expected = createHmac('sha256', secret).update(`${t}.`).update(body).digest();
  return v1.some((signature) => timingSafeEqual(signature, expected)) ? null : 'the signature does not match';
};
