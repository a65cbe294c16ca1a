// Bodies: https://fetch.spec.whatwg.org/#body-mixin
// A stream is made only when somebody asks for it: text, bytes and what the host sends need none.

import {
  ArrayPrototypePush, JSONParse, ObjectDefineProperty, ReflectGetOwnPropertyDescriptor, PromisePrototypeThen, ReflectOwnKeys, StringPrototypeCharCodeAt,
  StringPrototypeSlice, TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetLength, TypedArrayPrototypeGetSymbolToStringTag, TypedArrayPrototypeSlice,
  TypeError, Uint8ArrayPrototypeToHex,
} from '../bootstrap/primordials.js';
import { hostCallSync } from '../bootstrap/host.js';
import { blobBytes, blobType, concatBytes, createBlob, isBlob, streamOf } from '../blob/index.js';
import { decodeUtf8, encodeUtf8, utf8Text } from '../encoding/index.js';
import { createFormData, formEntries, isFormData, parseMultipart, serializeMultipart } from '../formdata/index.js';
import {
  byteStream, cancelReader, cancelStream, getReader, isDisturbed, isLocked, isReadableStream, readChunk, tee,
} from '../streams/index.js';
import { isURLSearchParams, parseUrlencoded, searchParamsText } from '../url/index.js';
import { bytesCopy, toUSVString, viewOf } from '../webidl/index.js';
import { extractMimeType, mimeParameter, serializeMimeType } from './mime.js';

/**
 * One body.  `source` is text or bytes when all of it is at hand, else null; then `pull` gives steps, `{chunk}` with a
 * Uint8Array or null at the end, or `stream` is the user's own.  A promise of bytes themselves would look for their `then`.
 */
export class Body {
  consumed = false;
  stream = null;

  constructor(source, pull = null, cancel = undefined) {
    this.source = source;
    this.pull = pull;
    this.cancel = cancel;
  }

  get used() { return this.consumed || (this.stream !== null && isDisturbed(this.stream)); }
  get unusable() { return this.used || (this.stream !== null && isLocked(this.stream)); }

  /** The ReadableStream of this body. */
  open() {
    if (this.stream !== null) return this.stream;
    if (this.consumed) this.stream = spentStream();
    else if (this.pull !== null) this.stream = byteStream(this.pull, this.cancel);
    else this.stream = streamOf(typeof this.source === 'string' ? encodeUtf8(this.source) : this.source);
    return this.stream;
  }

  /** A function that gives the steps one by one, as `pull` does; the body is used from now on. */
  take() {
    const { stream, pull } = this;
    this.consumed = true;
    if (stream !== null) return chunksOf(stream);
    if (pull !== null) return pull;
    let { source } = this;
    return () => {
      const chunk = source;
      source = null;
      return { __proto__: null, chunk: typeof chunk === 'string' ? encodeUtf8(chunk) : chunk };
    };
  }

  /** All of it: `{content}`, text or bytes. */
  async readAll() {
    if (this.stream === null && this.source !== null) {
      this.consumed = true;
      return { __proto__: null, content: this.source };
    }
    const next = this.take();
    const chunks = [];
    let size = 0;
    for (let { chunk } = await next(); chunk !== null; { chunk } = await next()) {
      ArrayPrototypePush(chunks, chunk);
      size += TypedArrayPrototypeGetLength(chunk);
    }
    return { __proto__: null, content: chunks.length === 1 ? chunks[0] : concatBytes(chunks, size) };
  }

  /** Move the content to a new body; this one is used. */
  move() {
    const moved = new Body(this.stream === null ? this.source : null, this.pull, this.cancel);
    if (this.stream !== null) {
      const reader = getReader(this.stream);
      moved.source = null;
      moved.pull = () => nextChunk(reader);
      moved.cancel = (reason) => cancelReader(reader, reason);
    }
    this.consumed = true;
    return moved;
  }

  /** A second body with the same content. */
  clone() {
    if (this.stream === null && this.source !== null) return new Body(this.source);
    const branches = tee(this.open(), true);
    const copy = new Body(null);
    this.source = this.pull = null;
    this.stream = branches[0];
    copy.stream = branches[1];
    return copy;
  }

  /** Nobody wants the rest. */
  discard(reason) {
    if (this.unusable) return;
    this.consumed = true;
    if (this.stream !== null) PromisePrototypeThen(cancelStream(this.stream, reason), undefined, () => {});
    else this.cancel?.(reason);
  }
}

function spentStream() {
  const stream = byteStream(() => ({ __proto__: null, chunk: null }));
  readChunk(getReader(stream));
  return stream;
}

function chunksOf(stream) {
  const reader = getReader(stream);
  const next = () => nextChunk(reader);
  next.cancel = (reason) => cancelReader(reader, reason);
  return next;
}

async function nextChunk(reader) {
  const result = await readChunk(reader);
  if (result.done) return { __proto__: null, chunk: null };
  if (TypedArrayPrototypeGetSymbolToStringTag(result.value) !== 'Uint8Array') throw new TypeError('A stream used as a body gave a chunk that is not a Uint8Array');
  return { __proto__: null, chunk: result.value };
}

/** `{body, type}` of a BodyInit: https://fetch.spec.whatwg.org/#concept-bodyinit-extract */
export function extractBody(init) {
  if (typeof init === 'string') return { __proto__: null, body: new Body(toUSVString(init)), type: 'text/plain;charset=UTF-8' };
  if (isReadableStream(init)) return { __proto__: null, body: streamBody(init), type: null };
  if (viewOf(init) !== null) return { __proto__: null, body: new Body(bytesCopy(init)), type: null };
  if (isBlob(init)) return { __proto__: null, body: new Body(blobBytes(init)), type: blobType(init) || null };
  if (isURLSearchParams(init)) {
    return { __proto__: null, body: new Body(searchParamsText(init)), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  }
  if (isFormData(init)) {
    const boundary = `----edge-form-data-${Uint8ArrayPrototypeToHex(hostCallSync('crypto.random', { __proto__: null, n: 12 }).data)}`;
    const body = new Body(serializeMultipart(formEntries(init), boundary));
    return { __proto__: null, body, type: `multipart/form-data; boundary=${boundary}` };
  }
  return { __proto__: null, body: new Body(toUSVString(init)), type: 'text/plain;charset=UTF-8' };
}

function streamBody(stream) {
  if (isDisturbed(stream) || isLocked(stream)) throw new TypeError('The stream is already used or locked, so it cannot be a body');
  const body = new Body(null);
  body.stream = stream;
  return body;
}

function textOf(content) {
  if (typeof content !== 'string') return utf8Text(content);
  return StringPrototypeCharCodeAt(content, 0) === 0xfeff ? StringPrototypeSlice(content, 1) : content;
}

function ownBytes(content) {
  if (typeof content === 'string') return encodeUtf8(content);
  return TypedArrayPrototypeSlice(content);
}

/** `{value}`: what `convert` makes of all of the body. */
async function read(object, stateOf, convert) {
  const state = stateOf(object);
  const { body } = state;
  if (body !== null && body.unusable) throw new TypeError('The body is already used or locked');
  const content = body === null ? '' : (await body.readAll()).content;
  return { __proto__: null, value: convert(content, state) };
}

function toFormData(content, state) {
  const mime = extractMimeType(state.contentType());
  if (mime !== null && mime.essence === 'application/x-www-form-urlencoded') return createFormData(parseUrlencoded(typeof content === 'string' ? content : decodeUtf8(content)));
  if (mime === null || mime.essence !== 'multipart/form-data') {
    throw new TypeError('The content-type is neither multipart/form-data nor application/x-www-form-urlencoded');
  }
  const boundary = mimeParameter(mime, 'boundary');
  if (boundary === undefined) throw new TypeError('The content-type multipart/form-data has no boundary');
  return createFormData(parseMultipart(ownBytes(content), boundary));
}

function toBlob(content, state) {
  const mime = extractMimeType(state.contentType());
  return createBlob(ownBytes(content), mime === null ? '' : serializeMimeType(mime));
}

/** Adds the members of the Body mixin to a class whose instances have the state `{body, contentType()}`. */
export function defineBody(Class, stateOf) {
  const mixin = {
    get body() { return stateOf(this).body?.open() ?? null; },
    get bodyUsed() { return stateOf(this).body?.used ?? false; },
    async arrayBuffer() { return (await read(this, stateOf, (content) => TypedArrayPrototypeGetBuffer(ownBytes(content)))).value; },
    async blob() { return (await read(this, stateOf, toBlob)).value; },
    async bytes() { return (await read(this, stateOf, ownBytes)).value; },
    async formData() { return (await read(this, stateOf, toFormData)).value; },
    async json() { return (await read(this, stateOf, (content) => JSONParse(textOf(content)))).value; },
    async text() { return (await read(this, stateOf, textOf)).value; },
  };
  const names = ReflectOwnKeys(mixin);
  for (let i = 0; i < names.length; i++) {
    ObjectDefineProperty(Class.prototype, names[i], { __proto__: null, ...ReflectGetOwnPropertyDescriptor(mixin, names[i]) });
  }
}
