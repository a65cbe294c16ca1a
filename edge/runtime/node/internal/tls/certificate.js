// A peer's certificate, as Node shows it: https://nodejs.org/api/tls.html#certificate-object

import { hostCallSync } from '../../../bootstrap/host.js';
import { Buffer, bufferOver } from '../buffer/class.js';

/** The object of a certificate in DER. */
export function describeCertificate(der) {
  const { value } = hostCallSync('tls.certificate', {}, der);
  const certificate = { ...value, raw: bufferOver(der) };
  if (value.pubkey) certificate.pubkey = Buffer.from(value.pubkey, 'base64');
  return certificate;
}
