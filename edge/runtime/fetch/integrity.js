// Subresource integrity: https://w3c.github.io/webappsec-subresource-integrity/#does-response-match-metadatalist

import {
  ArrayPrototypeIncludes, ArrayPrototypePush, RegExpPrototypeExec, Uint8ArrayPrototypeToBase64,
} from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { encodeUtf8 } from '../encoding/index.js';
import { asciiLowerCase } from '../webidl/index.js';
import { Body } from './body.js';
import { networkError } from './network_error.js';

// From the weakest to the strongest: only digests of the strongest that is there count.
const ALGORITHMS = ['sha256', 'sha384', 'sha512'];
const METADATA = /^(sha(?:256|384|512))-([A-Za-z0-9+/_-]+)={0,2}(?:\?[\x21-\x7e]*)?$/i;

// `{algorithm, digests}`, null when there is nothing to be checked.
function strongest(integrity) {
  const found = { __proto__: null, rank: -1, digests: [] };
  const words = /[^\t\n\f\r ]+/g;
  for (let word = RegExpPrototypeExec(words, integrity); word !== null; word = RegExpPrototypeExec(words, integrity)) {
    const match = RegExpPrototypeExec(METADATA, word[0]);
    if (match === null) continue;
    const rank = rankOf(match[1]);
    if (rank > found.rank) {
      found.rank = rank;
      found.digests = [];
    }
    if (rank === found.rank) ArrayPrototypePush(found.digests, match[2]);
  }
  return found.rank < 0 ? null : { __proto__: null, algorithm: ALGORITHMS[found.rank], digests: found.digests };
}

function rankOf(name) {
  for (let i = 0; i < ALGORITHMS.length; i++) if (ALGORITHMS[i] === asciiLowerCase(name)) return i;
  return -1;
}

// Digests are compared as texts, in both alphabets of base64 and without padding, as they may be written.
function isAmong(bytes, digests) {
  const plain = Uint8ArrayPrototypeToBase64(bytes, { __proto__: null, omitPadding: true });
  const forURLs = Uint8ArrayPrototypeToBase64(bytes, { __proto__: null, omitPadding: true, alphabet: 'base64url' });
  return ArrayPrototypeIncludes(digests, plain) || ArrayPrototypeIncludes(digests, forURLs);
}

/** Read the body of a response and compare it; the response has all of it at hand then.  Throws a network error. */
export async function verify(state, integrity) {
  const wanted = strongest(integrity);
  if (wanted === null) return;
  const signal = state.body === null ? null : state.body.signal;
  const content = state.body === null ? '' : (await state.body.readAll()).content;
  const bytes = typeof content === 'string' ? encodeUtf8(content) : content;
  const { data } = hostCallSync('crypto.digest', { __proto__: null, algorithm: wanted.algorithm }, bytes);
  if (!isAmong(data, wanted.digests)) throw networkError(`the ${wanted.algorithm} digest of the response is not in its integrity metadata`, 'ERR_INTEGRITY');
  if (state.body === null) return;
  state.body = new Body(bytes);
  state.body.signal = signal;
}
