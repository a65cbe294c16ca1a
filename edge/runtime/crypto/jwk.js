// JSON Web Keys: https://w3c.github.io/webcrypto/#JsonWebKey-dictionary, RFC 7517

import {
  ArrayPrototypeIncludes, ArrayPrototypePush, ArrayPrototypeSlice, RegExpPrototypeExec, SafeSet, TypeError, Uint8ArrayFromBase64, Uint8ArrayPrototypeToBase64,
} from '../bootstrap/primordials.js';
import { isObject, toDOMString } from '../webidl/index.js';
import { dataError } from './compute.js';

const BASE64URL = { __proto__: null, alphabet: 'base64url', omitPadding: true };
const BASE64URL_TEXT = /^[\w-]*$/;

function toSequence(value, convert, what) {
  if (!isObject(value)) throw new TypeError(`crypto.subtle: ${what} is not a sequence.`);
  const list = [];
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
  for (const item of value) ArrayPrototypePush(list, convert(item));
  return list;
}

function toPrime(value) {
  if (value !== undefined && value !== null && !isObject(value)) throw new TypeError('crypto.subtle: a member of "oth" is not an object.');
  const members = ['d', 'r', 't'];
  for (let i = 0; i < members.length; i++) if (value?.[members[i]] !== undefined) toDOMString(value[members[i]]);
  return null;
}

const MEMBERS = ['alg', 'crv', 'd', 'dp', 'dq', 'e', 'ext', 'k', 'key_ops', 'kty', 'n', 'oth', 'p', 'q', 'qi', 'use', 'x', 'y'];

/** The members of a JsonWebKey that are there, converted. */
export function toJsonWebKey(value) {
  const jwk = { __proto__: null };
  for (let i = 0; i < MEMBERS.length; i++) {
    const member = MEMBERS[i];
    const given = value[member];
    if (given === undefined) continue;
    if (member === 'ext') jwk.ext = !!given;
    else if (member === 'key_ops') jwk.key_ops = toSequence(given, toDOMString, '"key_ops"');
    else if (member === 'oth') jwk.oth = toSequence(given, toPrime, '"oth"');
    else jwk[member] = toDOMString(given);
  }
  return jwk;
}

function refuse(why) {
  throw dataError(`The JSON Web Key cannot be imported: ${why}.`);
}

/** Of what kind a key must be, what it is for, and what it says about its use: DataError when something does not fit. */
export function checkJwk(jwk, { kty, use }, extractable, usages) {
  if (jwk.kty !== kty) refuse(`"kty" is not "${kty}"`);
  if (usages.length > 0 && jwk.use !== undefined && jwk.use !== use) refuse(`"use" is not "${use}"`);
  if (jwk.key_ops !== undefined) checkOperations(jwk.key_ops, usages);
  if (jwk.ext === false && extractable) refuse('"ext" says that it is not extractable');
}

function checkOperations(operations, usages) {
  const seen = new SafeSet();
  for (let i = 0; i < operations.length; i++) seen.add(operations[i]);
  if (seen.size !== operations.length) refuse('"key_ops" has something twice');
  for (let i = 0; i < usages.length; i++) if (!seen.has(usages[i])) refuse(`"key_ops" lacks "${usages[i]}"`);
}

/** `alg`, if it is there, must be one of these. */
export function checkAlg(jwk, allowed) {
  if (jwk.alg !== undefined && !ArrayPrototypeIncludes(allowed, jwk.alg)) refuse(`"alg" is "${jwk.alg}", not "${allowed[0]}"`);
}

/** Members that must be there. */
export function checkMembers(jwk, names) {
  for (let i = 0; i < names.length; i++) if (jwk[names[i]] === undefined) refuse(`"${names[i]}" is missing`);
}

/** The key of a JSON Web Key of type "oct". */
export function decodeSecret(jwk) {
  if (jwk.k === undefined) refuse('"k" is missing');
  if (RegExpPrototypeExec(BASE64URL_TEXT, jwk.k) === null) refuse('"k" is not base64url');
  try {
    return Uint8ArrayFromBase64(jwk.k, BASE64URL);
  } catch {
    return refuse('"k" is not base64url');
  }
}

export function encodeSecret(bytes) {
  return Uint8ArrayPrototypeToBase64(bytes, BASE64URL);
}

/** What all keys say in the end: what they may be used for, and whether they may be exported. */
export function finishJwk(jwk, { usages, extractable }) {
  return { ...jwk, key_ops: ArrayPrototypeSlice(usages), ext: extractable };
}
