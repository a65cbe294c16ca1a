// X509Certificate: https://nodejs.org/api/crypto.html#class-x509certificate

import {
  ArrayPrototypeJoin, ArrayPrototypePush, Date, ObjectDefineProperty, RegExpPrototypeSymbolReplace, StringPrototypeIndexOf, StringPrototypeSlice,
  StringPrototypeSplit, StringPrototypeToUpperCase, SymbolFor, SymbolToStringTag, TypedArrayPrototypeSlice,
  Uint8Array, Uint8ArrayPrototypeToBase64, Uint8ArrayPrototypeToHex,
} from '../../../bootstrap/primordials.js';
import { hostCallSync, impure } from '../../../bootstrap/host.js';
import { bufferOver } from '../buffer/class.js';
import { invalidArgType, validateString } from '../errors.js';
import { named } from '../named.js';
import { bytesOf } from './bytes.js';
import { compute } from './compute.js';
import { asymmetricKey, isKey, keyState } from './key_object.js';
import { matchingEmail, matchingHost, matchingIp } from './x509_names.js';

let stateOf;

const colons = (hex) => RegExpPrototypeSymbolReplace(/(..)(?!$)/g, StringPrototypeToUpperCase(hex), '$1:');

/** OpenSSL's object of a name: a list where a part is there more than once. */
function grouped(parts) {
  const found = { __proto__: null };
  for (let i = 0; i < parts.length; i++) {
    const name = parts[i][0];
    const text = parts[i][1];
    if (found[name] === undefined) found[name] = text;
    else if (typeof found[name] === 'string') found[name] = [found[name], text];
    else ArrayPrototypePush(found[name], text);
  }
  return found;
}

function keyArgument(key, type, name) {
  if (!isKey(key)) throw invalidArgType(name, 'KeyObject', key);
  if (key.type !== type) throw import('../errors.js').invalidArgValue(name, key);
  return keyState(key).material;
}

export class X509Certificate {
  #known;
  #raw;
  #key;

  static {
    stateOf = (value) => (typeof value === 'object' && value !== null && #known in value ? { __proto__: null, known: value.#known, raw: value.#raw } : undefined);
  }

  constructor(data) {
    const bytes = bytesOf(data, 'utf8', 'buffer', ['string', 'Buffer', 'TypedArray', 'DataView']);
    // A snapshot must not hold a key.
    impure('a certificate');
    const { value, data: parts } = compute('certificates.parse', {}, [bytes]);
    this.#known = value;
    this.#raw = TypedArrayPrototypeSlice(parts, 0, value.length);
    this.#key = TypedArrayPrototypeSlice(parts, value.length);
  }

  get subject() { return this.#known.subject ?? undefined; }
  get issuer() { return this.#known.issuer ?? undefined; }
  get subjectAltName() { return this.#known.subjectAltName ?? undefined; }
  get infoAccess() { return this.#known.infoAccess ?? undefined; }
  get keyUsage() { return this.#known.keyUsage ?? undefined; }
  get validFrom() { return this.#known.validFrom; }
  get validTo() { return this.#known.validTo; }
  get validFromDate() { return new Date(this.#known.from); }
  get validToDate() { return new Date(this.#known.to); }
  get serialNumber() { return this.#known.serialNumber; }
  get signatureAlgorithm() { return this.#known.algorithm ?? undefined; }
  get signatureAlgorithmOid() { return this.#known.algorithmOid; }
  get ca() { return this.#known.ca; }
  get raw() { return bufferOver(new Uint8Array(this.#raw)); }
  get fingerprint() { return this.#digest('sha1'); }
  get fingerprint256() { return this.#digest('sha256'); }
  get fingerprint512() { return this.#digest('sha512'); }
  get publicKey() { return asymmetricKey('public', { value: this.#known.key, data: new Uint8Array(this.#key) }); }

  // The issuers that a connection gave: a certificate of its own has none.
  get issuerCertificate() { return undefined; }

  #digest(algorithm) {
    return colons(Uint8ArrayPrototypeToHex(hostCallSync('crypto.digest', { __proto__: null, algorithm }, this.#raw).data));
  }

  checkHost(name, options = {}) {
    validateString(name, 'name');
    return matchingHost(name, this.#known, options);
  }

  checkEmail(email, options = {}) {
    validateString(email, 'email');
    return matchingEmail(email, this.#known, options);
  }

  checkIP(ip) {
    validateString(ip, 'ip');
    return matchingIp(ip, this.#known);
  }

  checkIssued(other) {
    const theirs = stateOf(other);
    if (theirs === undefined) throw invalidArgType('otherCert', 'X509Certificate', other);
    return compute('certificates.check_issued', {}, [this.#raw, theirs.raw]).value;
  }

  checkPrivateKey(key) {
    return compute('certificates.check_key', {}, [this.#raw, keyArgument(key, 'private', 'pkey')]).value;
  }

  verify(key) {
    return compute('certificates.verify', {}, [this.#raw, keyArgument(key, 'public', 'pkey')]).value;
  }

  toString() {
    const text = Uint8ArrayPrototypeToBase64(this.#raw);
    const lines = [];
    for (let at = 0; at < text.length; at += 64) ArrayPrototypePush(lines, StringPrototypeSlice(text, at, at + 64));
    return `-----BEGIN CERTIFICATE-----\n${ArrayPrototypeJoin(lines, '\n')}\n-----END CERTIFICATE-----\n`;
  }

  toJSON() { return this.toString(); }

  /** https://nodejs.org/api/tls.html#certificate-object */
  toLegacyObject() {
    const known = this.#known;
    const legacy = {
      subject: grouped(known.subjectParts), issuer: grouped(known.issuerParts), subjectaltname: this.subjectAltName, infoAccess: legacyAccess(known.infoAccess), ca: known.ca,
      modulus: known.modulus, bits: known.bits, exponent: known.exponent, pubkey: known.modulus === undefined && known.point === undefined ? undefined : this.#legacyKey(known),
      asn1Curve: known.key.details.namedCurve, nistCurve: known.nistCurve ?? undefined, valid_from: known.validFrom, valid_to: known.validTo, fingerprint: this.fingerprint,
      fingerprint256: this.fingerprint256, fingerprint512: this.fingerprint512, ext_key_usage: this.keyUsage, serialNumber: known.serialNumber, raw: this.raw,
    };
    for (const name in legacy) if (legacy[name] === undefined) delete legacy[name];
    return legacy;
  }

  #legacyKey({ point }) {
    return bufferOver(new Uint8Array(point ?? this.#key));
  }

  [SymbolFor('nodejs.util.inspect.custom')](depth, options, inspect) {
    if (depth < 0) return this;
    const shown = {
      subject: this.subject, subjectAltName: this.subjectAltName, issuer: this.issuer, infoAccess: this.infoAccess, validFrom: this.validFrom, validTo: this.validTo,
      validFromDate: this.validFromDate, validToDate: this.validToDate, fingerprint: this.fingerprint, fingerprint256: this.fingerprint256, fingerprint512: this.fingerprint512,
      keyUsage: this.keyUsage, serialNumber: this.serialNumber, signatureAlgorithm: this.signatureAlgorithm, signatureAlgorithmOid: this.signatureAlgorithmOid,
    };
    return `X509Certificate ${inspect(shown, { ...options, depth: options.depth == null ? null : options.depth - 1 })}`;
  }
}
named('X509Certificate', X509Certificate);
ObjectDefineProperty(X509Certificate.prototype, SymbolToStringTag, { __proto__: null, value: 'X509Certificate', configurable: true });

function legacyAccess(text) {
  if (text === null) return undefined;
  const found = { __proto__: null };
  const lines = StringPrototypeSplit(text, '\n');
  for (let i = 0; i < lines.length; i++) {
    const at = StringPrototypeIndexOf(lines[i], ':');
    if (at < 0) continue;
    const name = StringPrototypeSlice(lines[i], 0, at);
    found[name] ??= [];
    ArrayPrototypePush(found[name], StringPrototypeSlice(lines[i], at + 1));
  }
  return found;
}
