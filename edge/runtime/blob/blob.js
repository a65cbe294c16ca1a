// Blob and File: https://w3c.github.io/FileAPI/

import {
  ArrayBufferIsView, ArrayPrototypePush, MathMax, MathMin, RegExpPrototypeExec, SafeArray, SafeArrayPush, StringPrototypeToLowerCase,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, TypeError,
} from '../bootstrap/primordials.js';
import { now } from '../bootstrap/host.js';
import { utf8Text } from '../encoding/index.js';
import {
  defineInterface, isArrayBuffer, isObject, requireArguments, serializable, toClampedLongLong, toDictionary, toEnum, toInteger, toUSVString,
} from '../webidl/index.js';
import { joinedBytes, ownBytes, processParts, slicePieces } from './parts.js';
import { isBlob, recogniseBlobsBy } from './registry.js';
import { streamOfPieces } from './stream.js';

const ENDINGS = ['transparent', 'native'];
const NOT_PRINTABLE = /[^\x20-\x7e]/;
// Hands over a content: `{pieces, size, type}`, and `{name, lastModified}` of a file.
const OWNED = { __proto__: null };

let contentOf;
let fileOf;

/** https://w3c.github.io/FileAPI/#dfn-type: what has other characters is no type. */
export function normalizedType(type) {
  return RegExpPrototypeExec(NOT_PRINTABLE, type) === null ? StringPrototypeToLowerCase(type) : '';
}

export class Blob {
  #content;

  static {
    contentOf = (value) => (isObject(value) && #content in value ? value.#content : null);
  }

  constructor(parts = undefined, options = undefined) {
    this.#content = options === OWNED ? parts : createContent(parts === undefined ? [] : toParts(parts), toOptions(options, 'The blob options'));
  }

  get size() { return this.#content.size; }
  get type() { return this.#content.type; }

  slice(start = undefined, end = undefined, contentType = undefined) {
    const { pieces, size } = this.#content;
    const from = start === undefined ? 0 : position(toClampedLongLong(start), size);
    const to = MathMax(from, end === undefined ? size : position(toClampedLongLong(end), size));
    const type = contentType === undefined ? '' : normalizedType(toUSVString(contentType));
    return createBlobOf(slicePieces(pieces, from, to), to - from, type);
  }

  stream() { return streamOfPieces(this.#content.pieces); }

  // Methods that answer a promise never throw: https://webidl.spec.whatwg.org/#js-operations
  async text() { return utf8Text(joinedBytes(this.#content.pieces, this.#content.size)); }
  async arrayBuffer() { return TypedArrayPrototypeGetBuffer(ownBytes(this.#content.pieces, this.#content.size)); }
  async bytes() { return ownBytes(this.#content.pieces, this.#content.size); }
}
defineInterface(Blob, 'Blob');
recogniseBlobsBy(contentOf);
serializable(Blob, isBlob, (blob) => new Blob(contentOf(blob), OWNED));

export class File extends Blob {
  #file;

  static {
    fileOf = (value) => (isObject(value) && #file in value ? value.#file : null);
  }

  constructor(parts, name, options = undefined) {
    if (options === OWNED) {
      super(parts, OWNED);
      this.#file = name;
      return;
    }
    requireArguments(arguments.length, 2, "Failed to construct 'File'");
    const list = toParts(parts);
    const text = toUSVString(name);
    const bag = toOptions(options, 'The file options');
    const { lastModified } = options ?? OWNED;
    super(createContent(list, bag), OWNED);
    this.#file = { __proto__: null, name: text, lastModified: lastModified === undefined ? now() : toInteger(lastModified, 2 ** 64, true) };
  }

  get name() { return this.#file.name; }
  get lastModified() { return this.#file.lastModified; }
  get webkitRelativePath() {
    void this.#file;
    return '';
  }
}
defineInterface(File, 'File');
serializable(File, (value) => fileOf(value) !== null, (file) => new File(contentOf(file), fileOf(file), OWNED));

function position(value, size) {
  return value < 0 ? MathMax(size + value, 0) : MathMin(value, size);
}

function toParts(parts) {
  if (!isObject(parts)) throw new TypeError('The blob parts are not iterable.');
  const list = [];
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable, as the standard asks
  for (const part of parts) {
    const plain = !isObject(part) || !(isBlob(part) || ArrayBufferIsView(part) || isArrayBuffer(part));
    ArrayPrototypePush(list, plain ? toUSVString(part) : part);
  }
  return list;
}

// In the order of their names, as Web IDL reads dictionaries.
function toOptions(options, what) {
  const { endings, type } = toDictionary(options, what);
  return {
    __proto__: null,
    native: endings !== undefined && toEnum(endings, ENDINGS, 'endings') === 'native',
    type: type === undefined ? '' : normalizedType(toUSVString(type)),
  };
}

function createContent(parts, { native, type }) {
  const all = processParts(parts, native, contentOf);
  return { __proto__: null, pieces: all.end(), size: all.size, type };
}

/** A blob of pieces (see parts.js). */
export function createBlobOf(pieces, size, type) {
  return new Blob({ __proto__: null, pieces, size, type }, OWNED);
}

function single(bytes) {
  const pieces = new SafeArray();
  if (TypedArrayPrototypeGetLength(bytes) > 0) SafeArrayPush(pieces, bytes);
  return pieces;
}

/** A blob of bytes that nobody else will change. */
export function createBlob(bytes, type) {
  return createBlobOf(single(bytes), TypedArrayPrototypeGetLength(bytes), type);
}

/** A file with the bytes of `Pieces` that are complete. */
export function createFileOf(all, name, type, lastModified = now()) {
  const pieces = all.end();
  return new File({ __proto__: null, pieces, size: all.size, type }, { __proto__: null, name, lastModified }, OWNED);
}

/** The same content under a name. */
export function renamedFile(blob, name) {
  return new File(contentOf(blob), { __proto__: null, name, lastModified: fileOf(blob)?.lastModified ?? now() }, OWNED);
}

/** The bytes of a blob; not to be changed. */
export function blobBytes(blob) {
  const { pieces, size } = contentOf(blob);
  return joinedBytes(pieces, size);
}

export function blobType(blob) {
  return contentOf(blob).type;
}

/** `{name, lastModified}` of a file, null for anything else. */
export function fileInfo(value) {
  return fileOf(value);
}
