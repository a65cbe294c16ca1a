// The members that Request and Response have in common: https://fetch.spec.whatwg.org/#body-mixin

import {
  JSONParse, ObjectDefineProperty, ReflectGetOwnPropertyDescriptor, ReflectOwnKeys, StringPrototypeCharCodeAt, StringPrototypeSlice,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeSlice, TypeError,
} from '../bootstrap/primordials.js';
import { createBlob } from '../blob/index.js';
import { decodeUtf8, encodeUtf8, utf8Text } from '../encoding/index.js';
import { createFormData, parseMultipart } from '../formdata/index.js';
import { parseUrlencoded } from '../url/index.js';
import { extractMimeType, mimeParameter, serializeMimeType } from './mime.js';

function textOf(content) {
  if (typeof content !== 'string') return utf8Text(content);
  return StringPrototypeCharCodeAt(content, 0) === 0xfeff ? StringPrototypeSlice(content, 1) : content;
}

function ownBytes(content) {
  return typeof content === 'string' ? encodeUtf8(content) : TypedArrayPrototypeSlice(content);
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

/** All of a body that is at hand, which is then used: text or bytes.  Null when it has to be read. */
function contentAtHand({ body }) {
  if (body === null) return '';
  if (body.unusable) throw new TypeError('The body is already used or locked');
  body.check();
  const { atHand } = body;
  if (atHand !== null) body.consumed = true;
  return atHand;
}

/** Adds the members of the Body mixin to a class whose instances have the state `{body, contentType()}`. */
export function defineBody(Class, stateOf) {
  // What is at hand is answered, and what cannot be read refused, without a turn of the event loop.
  const content = (object) => contentAtHand(stateOf(object));
  const read = (object) => stateOf(object).body.readAll();
  const mixin = {
    get body() { return stateOf(this).body?.open() ?? null; },
    get bodyUsed() { return stateOf(this).body?.used ?? false; },
    async arrayBuffer() { return TypedArrayPrototypeGetBuffer(ownBytes(content(this) ?? (await read(this)).content)); },
    async blob() { return toBlob(content(this) ?? (await read(this)).content, stateOf(this)); },
    async bytes() { return ownBytes(content(this) ?? (await read(this)).content); },
    async formData() { return toFormData(content(this) ?? (await read(this)).content, stateOf(this)); },
    async json() { return JSONParse(textOf(content(this) ?? (await read(this)).content)); },
    async text() { return textOf(content(this) ?? (await read(this)).content); },
  };
  const names = ReflectOwnKeys(mixin);
  for (let i = 0; i < names.length; i++) {
    ObjectDefineProperty(Class.prototype, names[i], { __proto__: null, ...ReflectGetOwnPropertyDescriptor(mixin, names[i]) });
  }
}
