// Keys, values and options of users, as arguments of host calls.

import {
  ArrayPrototypePush, JSONStringify, NumberIsFinite, PromisePrototypeThen, RangeError, StringPrototypeIsWellFormed, StringPrototypeToWellFormed,
  TypedArrayPrototypeGetLength, TypedArrayPrototypeSet, TypeError, Uint8Array,
} from '../bootstrap/primordials.js';
import { firstLine } from '../bootstrap/failures.js';
import { cancelReader, getReader, isReadableStream, readChunk, releaseReader } from '../streams/index.js';
import { bytesCopy, describe, viewOf } from '../webidl/index.js';

// Checked exactly by the host; here so that nothing larger is encoded first.
const MAX_VALUE = 26214400;

function kindOf(value) {
  return typeof value === 'number' || typeof value === 'boolean' ? `a ${typeof value}` : describe(value);
}

function text(value, what) {
  if (typeof value !== 'string') throw new TypeError(`${what} must be a string (got ${kindOf(value)})`);
  if (!StringPrototypeIsWellFormed(value)) throw new TypeError(`${what} must be well-formed Unicode; it has a lone surrogate`);
  return value;
}

export function keyText(key, method) {
  return text(key, `kv.${method}: the key`);
}

export function optionalText(value, what) {
  return value === undefined || value === null ? undefined : text(value, what);
}

export function finiteNumber(value, what) {
  if (typeof value !== 'number' || !NumberIsFinite(value)) throw new TypeError(`${what} must be a finite number (got ${kindOf(value)})`);
  return value;
}

function checkSize(size, method) {
  if (size > MAX_VALUE) throw new RangeError(`kv.${method}: a value may have ${MAX_VALUE} bytes and this one has ${size} or more (split it over several keys)`);
}

function stringify(value, what) {
  try {
    return JSONStringify(value);
  } catch (error) {
    throw new TypeError(`${what} cannot be stored as JSON: ${firstLine(`${error?.message}`)}`, { __proto__: null, cause: error });
  }
}

function jsonText(value, what, hint) {
  const json = stringify(value, what);
  if (json === undefined) throw new TypeError(`${what} cannot be stored as JSON: it is ${describe(value)}${hint}`);
  return json;
}

/** `{key, kind, text}` for any JSON value. */
export function jsonArguments(key, value, method) {
  const what = `kv.${method}: the value`;
  if (viewOf(value) !== null) throw new TypeError(`${what} is binary, which JSON cannot hold: use put(key, bytes)`);
  if (typeof value === 'number' && !NumberIsFinite(value)) throw new TypeError(`${what} cannot be stored as JSON: it is ${describe(value)}`);
  const json = jsonText(value, what, value === undefined ? ' (delete(key) removes a key, null can be stored)' : '');
  checkSize(json.length, method);
  return { __proto__: null, key: keyText(key, method), kind: 'json', text: json };
}

/** `{args, data}` for a string, an ArrayBuffer or a view; null for anything else. */
function rawArguments(key, value, method) {
  if (typeof value === 'string') {
    checkSize(value.length, method);
    return { __proto__: null, args: { __proto__: null, key, kind: 'text', text: StringPrototypeToWellFormed(value) }, data: undefined };
  }
  const view = viewOf(value);
  if (view === null) return null;
  checkSize(TypedArrayPrototypeGetLength(view), method);
  return { __proto__: null, args: { __proto__: null, key, kind: 'bytes' }, data: bytesCopy(view, 'the value') };
}

function refuseRaw(value, method, types) {
  throw new TypeError(`kv.${method}: the value must be ${types} (got ${kindOf(value)}); set(key, value) stores JSON`);
}

/** Arguments of a put whose value is at hand. */
export function putArguments(key, value, method) {
  return rawArguments(keyText(key, method), value, method) ?? refuseRaw(value, method, 'a string, an ArrayBuffer or a view');
}

/** Arguments of a put; a ReadableStream is read to its end first. */
export function putArgumentsOrStream(key, value, method) {
  const name = keyText(key, method);
  const ready = rawArguments(name, value, method);
  if (ready !== null) return ready;
  if (!isReadableStream(value)) refuseRaw(value, method, 'a string, an ArrayBuffer, a view or a ReadableStream');
  return streamArguments(name, getReader(value), method);
}

async function streamArguments(key, reader, method) {
  try {
    const { data } = await readAll(reader, method);
    return { __proto__: null, args: { __proto__: null, key, kind: 'bytes' }, data };
  } catch (error) {
    // The reason for giving up is the error; that cancelling may fail too adds nothing.
    PromisePrototypeThen(cancelReader(reader, error), undefined, () => {});
    throw error;
  } finally {
    releaseReader(reader);
  }
}

async function readAll(reader, method) {
  const chunks = [];
  let size = 0;
  for (let step = await readChunk(reader); !step.done; step = await readChunk(reader)) {
    const chunk = bytesCopy(step.value, `kv.${method}: a chunk of the stream`);
    size += TypedArrayPrototypeGetLength(chunk);
    checkSize(size, method);
    ArrayPrototypePush(chunks, chunk);
  }
  return { __proto__: null, data: concatenate(chunks, size) };
}

export function concatenate(chunks, size) {
  const whole = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < chunks.length; i++) {
    TypedArrayPrototypeSet(whole, chunks[i], at);
    at += TypedArrayPrototypeGetLength(chunks[i]);
  }
  return whole;
}

/** Adds what a user says about expiry and metadata: a number of milliseconds, or an object of options. */
export function withOptions(args, options, method) {
  if (options === undefined || options === null) return args;
  if (typeof options === 'number') {
    args.ttl = finiteNumber(options, `kv.${method}: ttl`);
    return args;
  }
  if (typeof options !== 'object') throw new TypeError(`kv.${method}: options must be an object (got ${kindOf(options)})`);
  const { expirationTtl, expiration, metadata } = options;
  if (expirationTtl !== undefined && expirationTtl !== null) args.expirationTtl = finiteNumber(expirationTtl, `kv.${method}: expirationTtl`);
  if (expiration !== undefined && expiration !== null) args.expiration = finiteNumber(expiration, `kv.${method}: expiration`);
  if (metadata !== undefined && metadata !== null) args.metadata = jsonText(metadata, `kv.${method}: metadata`, '');
  return args;
}
