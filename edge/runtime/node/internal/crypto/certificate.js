// Signed public keys and challenges: https://nodejs.org/api/crypto.html#class-certificate

import { TypedArrayPrototypeGetLength } from '../../../bootstrap/primordials.js';
import { bytesOf, output } from './bytes.js';
import { callable } from './callable.js';
import { compute } from './compute.js';

const bytes = (spkac, encoding) => bytesOf(spkac, encoding, 'spkac', ['string', 'ArrayBuffer', 'Buffer', 'TypedArray', 'DataView']);

function part(name, spkac, encoding) {
  const { data } = compute(`spkac.${name}`, {}, [bytes(spkac, encoding)]);
  return TypedArrayPrototypeGetLength(data) === 0 ? '' : output(data);
}

class SignedKey {
  static verifySpkac(spkac, encoding) {
    return compute('spkac.verify', {}, [bytes(spkac, encoding)]).value;
  }

  static exportPublicKey(spkac, encoding) { return part('public_key', spkac, encoding); }
  static exportChallenge(spkac, encoding) { return part('challenge', spkac, encoding); }

  verifySpkac(spkac, encoding) { return SignedKey.verifySpkac(spkac, encoding); }
  exportPublicKey(spkac, encoding) { return SignedKey.exportPublicKey(spkac, encoding); }
  exportChallenge(spkac, encoding) { return SignedKey.exportChallenge(spkac, encoding); }
}
export const Certificate = callable('Certificate', SignedKey);
