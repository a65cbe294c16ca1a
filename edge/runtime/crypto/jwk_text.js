// JSON Web Keys as text, wrapped and unwrapped: https://w3c.github.io/webcrypto/#concept-parse-a-jwk

import { JSONParse, wireJSON, withoutPrototypes } from '../bootstrap/primordials.js';
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.js';
import { isObject } from '../webidl/index.js';
import { dataError } from './compute.js';
import { toJsonWebKey } from './jwk.js';

/** Nothing that scripts have put on prototypes gets into it. */
export function encodeJwk(jwk) {
  return encodeUtf8(wireJSON(jwk));
}

/** The JsonWebKey of a text; DataError when it is none, or says no kind of key. */
export function decodeJwk(bytes) {
  let parsed;
  try {
    parsed = withoutPrototypes(JSONParse(decodeUtf8(bytes)), 1);
  } catch {
    throw dataError('The unwrapped data is not the JSON of a key.');
  }
  if (!isObject(parsed)) throw dataError('The unwrapped data is not the JSON of a key.');
  const jwk = toJsonWebKey(parsed);
  if (jwk.kty === undefined) throw dataError('The unwrapped JSON Web Key has no "kty".');
  return jwk;
}
