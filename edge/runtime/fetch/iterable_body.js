// Bodies of async iterables, such as generators and the streams of Node: as Node itself and Deno take them.

import { PromisePrototypeThen, ReflectApply, SymbolAsyncIterator, TypeError } from '../bootstrap/primordials.js';
import { encodeUtf8 } from '../encoding/index.js';
import { bytesCopy, isObject, toUSVString, viewOf } from '../webidl/index.js';
import { Body } from './body.js';

const ignore = () => {};
const END = { __proto__: null, chunk: null };

function toChunk(value) {
  if (typeof value === 'string') return encodeUtf8(toUSVString(value));
  if (viewOf(value) === null) throw new TypeError('An async iterable used as a body gave a chunk that is neither a string nor bytes');
  return bytesCopy(value);
}

async function finish(iterator) {
  const method = iterator.return;
  if (method !== undefined) await ReflectApply(method, iterator, []);
}

/** A body of what the iterable gives: strings and bytes. */
export function iterableBody(iterable) {
  const iterator = ReflectApply(iterable[SymbolAsyncIterator], iterable, []);
  if (!isObject(iterator)) throw new TypeError('The async iterator of a body is not an object');
  const { next } = iterator;
  let over = false;
  const stop = () => {
    if (over) return;
    over = true;
    PromisePrototypeThen(finish(iterator), undefined, ignore);
  };
  const pull = async () => {
    if (over) return END;
    const step = await ReflectApply(next, iterator, []);
    if (!isObject(step)) throw new TypeError('The async iterator of a body gave a step that is not an object');
    if (step.done) {
      over = true;
      return END;
    }
    try {
      return { __proto__: null, chunk: toChunk(step.value) };
    } catch (error) {
      stop();
      throw error;
    }
  };
  return new Body(null, pull, stop);
}
