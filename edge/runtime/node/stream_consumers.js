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
  return Buffer.concat(chunks);
}

async function text(stream) {
  const decoder = new encoding.TextDecoder();
  let all = '';
  // eslint-disable-next-line no-restricted-syntax -- the user's iterable
  for await (const chunk of stream) all += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  return all + decoder.decode();
}

async function arrayBuffer(stream) {
  const { buffer: memory, byteOffset, byteLength } = await buffer(stream);
  return memory.slice(byteOffset, byteOffset + byteLength);
}

const blob = async (stream) => createBlob(await buffer(stream), '');
const bytes = async (stream) => new Uint8Array(await arrayBuffer(stream));
const json = async (stream) => JSONParse(await text(stream));

export default { arrayBuffer, blob, buffer, bytes, json, text };
