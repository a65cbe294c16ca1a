// The members that Request and Response have in common: https://fetch.spec.whatwg.org/#body-mixin

import {
  JSONParse, ObjectDefineProperty, ReflectGetOwnPropertyDescriptor, ReflectOwnKeys, StringPrototypeCharCodeAt, StringPrototypeSlice,
  TypedArrayPrototypeGetBuffer, TypedArrayPrototypeSlice, TypeError,
} from '../bootstrap/primordials.js';
import { decodeUtf8, encodeUtf8, utf8Text } from '../encoding/index.js';
import { parseUrlencoded } from '../url/index.js';
import { extractMimeType, mimeParameter, serializeMimeType } from './mime.js';

// Loaded when a body is wanted as one.
const blobs = () => import('../blob/index.js');
const forms = () => import('../formdata/index.js');

function textOf(content) {
  if (typeof content !== 'string') return utf8Text(content);
  return StringPrototypeCharCodeAt(content, 0) === 0xfeff ? StringPrototypeSlice(content, 1) : content;
}

function ownBytes(content) {
  return typeof content === 'string' ? encodeUtf8(content) : TypedArrayPrototypeSlice(content);
}

// What the body fails with comes before what is wrong with its type.
async function drain(next) {
  while ((await next()).chunk !== null);
}

// The error for a type that is not that of a form.
function formBoundary(mime) {
  if (mime === null || mime.essence !== 'multipart/form-data') {
    return new TypeError('The content-type is neither multipart/form-data nor application/x-www-form-urlencoded');
  }
  return mimeParameter(mime, 'boundary') || new TypeError('The content-type multipart/form-data has no boundary');
}

/** `{form}` of what is at hand, or of the body where that is null. */
async function readForm(ready, { body, mime }) {
  if (mime !== null && mime.essence === 'application/x-www-form-urlencoded') {
    const content = ready ?? (await body.readAll()).content;
    return { __proto__: null, form: forms().createFormData(parseUrlencoded(typeof content === 'string' ? content : decodeUtf8(content))) };
  }
  const boundary = formBoundary(mime);
  if (typeof boundary !== 'string') {
    if (ready === null) await drain(body.take());
    throw boundary;
  }
  if (ready !== null) return { __proto__: null, form: forms().createFormData(forms().parseMultipart(typeof ready === 'string' ? encodeUtf8(ready) : ready, boundary)) };
  const next = body.take();
  const { entries } = await forms().parseMultipartStream(next, boundary, next.owned);
  return { __proto__: null, form: forms().createFormData(entries) };
}

function typeOf(state) {
  const mime = extractMimeType(state.contentType());
  return mime === null ? '' : serializeMimeType(mime);
}

async function readBlob(ready, state) {
  // What is at hand is changed by nobody.
  if (ready !== null) return { __proto__: null, blob: blobs().createBlob(typeof ready === 'string' ? encodeUtf8(ready) : ready, typeOf(state)) };
  const { pieces, size } = await state.body.readPieces();
  return { __proto__: null, blob: blobs().createBlobOf(pieces, size, typeOf(state)) };
}

/** All of a body that is at hand, which is then used: text or bytes.  Null when it has to be read. */
export function contentAtHand({ body }) {
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
    async arrayBuffer() {
      const ready = content(this);
      return TypedArrayPrototypeGetBuffer(ready === null ? (await read(this)).content : ownBytes(ready));
    },
    async blob() { return (await readBlob(content(this), stateOf(this))).blob; },
    async bytes() {
      const ready = content(this);
      return ready === null ? (await read(this)).content : ownBytes(ready);
    },
    async formData() {
      const state = stateOf(this);
      return (await readForm(content(this), { __proto__: null, body: state.body, mime: extractMimeType(state.contentType()) })).form;
    },
    async json() { return JSONParse(textOf(content(this) ?? (await read(this)).content)); },
    async text() { return textOf(content(this) ?? (await read(this)).content); },
  };
  const names = ReflectOwnKeys(mixin);
  for (let i = 0; i < names.length; i++) {
    ObjectDefineProperty(Class.prototype, names[i], { __proto__: null, ...ReflectGetOwnPropertyDescriptor(mixin, names[i]) });
  }
}
