// node:stream/consumers: https://nodejs.org/api/webstreams.html#utility-consumers
// Each takes a stream of Node, a web stream, or anything else that can be iterated asynchronously.

import { ArrayPrototypePush, JSONParse } from '../bootstrap/primordials.js';
import { createBlob } from '../blob/index.js';
import { globals as encoding } from '../encoding/index.js';
import { Buffer } from './internal/buffer/class.js';

async function buffer(stream) {
  const chunks = [];
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable
  for await (const chunk of stream) ArrayPrototypePush(chunks, typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  const all = Buffer.concat(chunks);
  return all;
}

async function text(stream) {
  const decoder = new encoding.TextDecoder();
  let all = '';
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable
  for await (const chunk of stream) all += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  const rest = decoder.decode();
  return all + rest;
}

async function arrayBuffer(stream) {
  const { buffer: memory, byteOffset, byteLength } = await buffer(stream);
  const own = memory.slice(byteOffset, byteOffset + byteLength);
  return own;
}

async function blob(stream) {
  const content = await buffer(stream);
  const made = createBlob(content, '');
  return made;
}

async function bytes(stream) {
  const memory = await arrayBuffer(stream);
  return new Uint8Array(memory);
}

async function json(stream) {
  const content = await text(stream);
  const value = JSONParse(content);
  return value;
}

export default { arrayBuffer, blob, buffer, bytes, json, text };
