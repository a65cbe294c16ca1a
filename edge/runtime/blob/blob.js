// Blob and File: https://w3c.github.io/FileAPI/

import {
  ArrayPrototypePush, MathMax, MathMin, RegExpPrototypeExec, StringPrototypeReplaceAll, StringPrototypeToLowerCase,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, TypedArrayPrototypeSet, TypedArrayPrototypeSlice, TypedArrayPrototypeSubarray,
  TypeError, Uint8Array,
} from '../bootstrap/primordials.js';
import { now } from '../bootstrap/host.js';
import { encodeUtf8, utf8Text } from '../encoding/index.js';
import { byteStream } from '../streams/index.js';
import {
  defineInterface, isArrayBuffer, isObject, requireArguments, serializable, toClampedLongLong, toDictionary, toEnum, toInteger, toUSVString, viewOf,
} from '../webidl/index.js';

const CHUNK = 65536;
const ENDINGS = ['transparent', 'native'];
const NOT_PRINTABLE = /[^\x20-\x7e]/;
// Hands over bytes that nobody else will change.
const OWNED = { __proto__: null };

let bytesOf;
let typeOf;
let fileOf;

function normalizedType(type) {
  return RegExpPrototypeExec(NOT_PRINTABLE, type) === null ? StringPrototypeToLowerCase(type) : '';
}

export class Blob {
  #bytes;
  #type;

  static {
    bytesOf = (blob) => {
      if (!isObject(blob) || !(#bytes in blob)) throw new TypeError('Illegal invocation: not a Blob');
      return blob.#bytes;
    };
    typeOf = (blob) => blob.#type;
  }

  constructor(parts = undefined, options = undefined) {
    if (options === OWNED) {
      this.#bytes = parts.bytes;
      this.#type = parts.type;
      return;
    }
    const list = parts === undefined ? [] : toParts(parts);
    const { endings, type } = toDictionary(options, 'The blob options');
    const native = endings !== undefined && toEnum(endings, ENDINGS, 'endings') === 'native';
    this.#type = type === undefined ? '' : normalizedType(toUSVString(type));
    this.#bytes = joined(list, native);
  }

  get size() { return TypedArrayPrototypeGetLength(this.#bytes); }
  get type() { return this.#type; }

  slice(start = undefined, end = undefined, contentType = undefined) {
    const bytes = this.#bytes;
    const size = TypedArrayPrototypeGetLength(bytes);
    const from = start === undefined ? 0 : position(toClampedLongLong(start), size);
    const to = end === undefined ? size : position(toClampedLongLong(end), size);
    const type = contentType === undefined ? '' : normalizedType(toUSVString(contentType));
    return createBlob(TypedArrayPrototypeSubarray(bytes, from, MathMax(from, to)), type);
  }

  stream() { return streamOf(this.#bytes); }

  // Methods that answer a promise never throw: https://webidl.spec.whatwg.org/#js-operations
  async text() { return utf8Text(bytesOf(this)); }
  async arrayBuffer() { return TypedArrayPrototypeGetBuffer(TypedArrayPrototypeSlice(bytesOf(this))); }
  async bytes() { return TypedArrayPrototypeSlice(bytesOf(this)); }
}
defineInterface(Blob, 'Blob');
serializable(Blob, isBlob, (blob) => createBlob(bytesOf(blob), typeOf(blob)));

export class File extends Blob {
  #name;
  #lastModified;

  static {
    fileOf = (value) => (isObject(value) && #name in value ? { __proto__: null, name: value.#name, lastModified: value.#lastModified } : null);
  }

  constructor(parts, name, options = undefined) {
    if (options !== OWNED) requireArguments(arguments.length, 2, "Failed to construct 'File'");
    super(options === OWNED || parts === undefined ? requireParts(parts) : parts, options);
    if (options === OWNED) {
      this.#name = name;
      this.#lastModified = parts.lastModified ?? now();
      return;
    }
    this.#name = toUSVString(name);
    const { lastModified } = toDictionary(options, 'The file options');
    this.#lastModified = lastModified === undefined ? now() : toInteger(lastModified, 2 ** 64, true);
  }

  get name() { return this.#name; }
  get lastModified() { return this.#lastModified; }
  get webkitRelativePath() {
    bytesOf(this);
    return '';
  }
}
defineInterface(File, 'File');
serializable(File, (value) => fileOf(value) !== null, (file) => {
  const { name, lastModified } = fileOf(file);
  return createFile(bytesOf(file), name, typeOf(file), lastModified);
});

function requireParts(parts) {
  if (parts === undefined) throw new TypeError("Failed to construct 'File': the parts are not iterable.");
  return parts;
}

function position(value, size) {
  return value < 0 ? MathMax(size + value, 0) : MathMin(value, size);
}

function toParts(parts) {
  if (!isObject(parts)) throw new TypeError('The blob parts are not iterable.');
  const list = [];
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
  for (const part of parts) {
    if (isBlob(part) || isArrayBuffer(part) || viewOf(part) !== null) ArrayPrototypePush(list, part);
    else ArrayPrototypePush(list, toUSVString(part));
  }
  return list;
}

function partBytes(part, native) {
  if (typeof part === 'string') return encodeUtf8(native ? nativeEndings(part) : part);
  return isBlob(part) ? bytesOf(part) : viewOf(part);
}

function nativeEndings(text) {
  return StringPrototypeReplaceAll(StringPrototypeReplaceAll(text, '\r\n', '\n'), '\r', '\n');
}

function joined(parts, native) {
  if (parts.length === 1 && typeof parts[0] === 'string') return partBytes(parts[0], native);
  let size = 0;
  for (let i = 0; i < parts.length; i++) {
    parts[i] = partBytes(parts[i], native);
    size += TypedArrayPrototypeGetLength(parts[i]);
  }
  return concatBytes(parts, size);
}

/** One Uint8Array of many. */
export function concatBytes(chunks, size) {
  const all = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < chunks.length; i++) {
    TypedArrayPrototypeSet(all, chunks[i], at);
    at += TypedArrayPrototypeGetLength(chunks[i]);
  }
  return all;
}

/** A byte stream of copies, so that a reader cannot change the bytes. */
export function streamOf(bytes) {
  let at = 0;
  return byteStream(() => {
    if (at >= TypedArrayPrototypeGetLength(bytes)) return { __proto__: null, chunk: null };
    const chunk = TypedArrayPrototypeSlice(bytes, at, at + CHUNK);
    at += CHUNK;
    return { __proto__: null, chunk };
  });
}

/** A blob of bytes that nobody else will change. */
export function createBlob(bytes, type) {
  return new Blob({ __proto__: null, bytes, type }, OWNED);
}

export function createFile(bytes, name, type, lastModified) {
  return new File({ __proto__: null, bytes, type, lastModified }, name, OWNED);
}

export function isBlob(value) {
  try {
    bytesOf(value);
    return true;
  } catch {
    return false;
  }
}

/** The bytes of a blob; not to be changed. */
export function blobBytes(blob) {
  return bytesOf(blob);
}

export function blobType(blob) {
  return typeOf(blob);
}

/** `{name, lastModified}` of a file, null for anything else. */
export function fileInfo(value) {
  return fileOf(value);
}
