// StructuredSerialize and StructuredDeserialize in one step: https://html.spec.whatwg.org/multipage/structured-data.html
// What is read, and in which order, is as there.  The copy is made along the way, since nobody else sees it before it is whole.

import {
  ArrayBufferPrototypeGetDetached, ArrayBufferPrototypeTransfer, ArrayIsArray, ObjectDefineProperty, SafeArray, SafeArrayPush, SafeMap,
} from '../bootstrap/primordials.js';
import { isArrayBuffer } from '../webidl/index.js';
import { beginnerOf, transferableClass } from './kinds.js';
import { refusal } from './refusal.js';

const PLAIN = {};
const EMPTY = [];

/** Stands for an object, or a view on a buffer, that exists only when the transfer list has been transferred. */
class Later {
  constructor(make) {
    this.make = make;
    this.made = false;
    this.value = undefined;
  }

  get() {
    if (!this.made) {
      this.made = true;
      this.value = this.make();
    }
    return this.value;
  }
}

/** One clone on its way. */
class Session {
  // What has been met -> its copy, or the Later of it.
  memory = new SafeMap();
  // The objects that are being filled, from the root to the innermost: no recursion, so that deep values do not overflow the stack.
  frames = new SafeArray();
  // What is to be done when the transfer list has been transferred; null without one.
  finals = null;

  /** The copy of a value; its children may come later.  May be a Later when there is a transfer list. */
  clone(value) {
    if (typeof value === 'symbol') throw refusal('A symbol');
    if (typeof value === 'function') throw refusal('A function');
    if (typeof value !== 'object' || value === null) return value;
    const known = this.memory.get(value);
    if (known !== undefined) return known;
    const copy = beginnerOf(value)(value, this);
    this.memory.set(value, copy);
    return copy;
  }

  /** A value that `make` gives when the transfers are done, or at once when `source` is no matter of them. */
  after(source, make) {
    return source instanceof Later ? new Later(() => make(source.get())) : make(source);
  }

  /** Fill the copy of `value`: `step()` goes on until it has begun a child that has children, and is false when all is done. */
  fill(frame) {
    SafeArrayPush(this.frames, frame);
  }

  /** Whether `frame` is the one to go on with. */
  isInnermost(frame) {
    return this.frames[this.frames.length - 1] === frame;
  }

  /** Do something at the end of a copy: when there are transfers, when they are done. */
  finish(action) {
    if (this.finals === null) action();
    else SafeArrayPush(this.finals, action);
  }

  /** CreateDataProperty. */
  define(object, key, copy) {
    if (copy instanceof Later) {
      // Keeps its place among the others.
      put(object, key, undefined);
      SafeArrayPush(this.finals, () => put(object, key, copy.get()));
    } else put(object, key, copy);
  }

  run(root) {
    const copy = this.clone(root);
    const { frames } = this;
    while (frames.length > 0) {
      const frame = frames[frames.length - 1];
      if (!frame.step(this)) frames.length -= 1;
    }
    return copy;
  }
}

// Assignment is the quick way, where no setter nor anything read-only can be inherited.
function put(object, key, value) {
  if (key in (ArrayIsArray(object) ? EMPTY : PLAIN)) ObjectDefineProperty(object, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}

/** The value behind what `clone` gave, when the transfers are done. */
export function settled(copy) {
  return copy instanceof Later ? copy.get() : copy;
}

/** A structured clone.  Throws DataCloneError, and whatever a getter on the way throws. */
export function cloneValue(value) {
  return new Session().run(value);
}

/**
 * StructuredSerializeWithTransfer and what follows: `{value, transferred}`, the clone and the objects that take the places
 * of those in `list`, an array that is nobody else's.
 */
export function cloneWithTransfer(value, list) {
  if (list.length === 0) return { __proto__: null, value: cloneValue(value), transferred: list };
  const session = new Session();
  session.finals = new SafeArray();
  const transfers = planTransfers(list, session.memory);
  const copy = session.run(value);
  for (let i = 0; i < transfers.length; i++) transfers[i].get();
  for (let i = 0; i < session.finals.length; i++) session.finals[i]();
  for (let i = 0; i < list.length; i++) list[i] = transfers[i].get();
  return { __proto__: null, value: settled(copy), transferred: list };
}

function planTransfers(list, memory) {
  const transfers = new SafeArray();
  for (let i = 0; i < list.length; i++) {
    const item = list[i];
    if (memory.has(item)) throw refusal('An object that is twice in the transfer list');
    const later = new Later(transferOf(item));
    memory.set(item, later);
    SafeArrayPush(transfers, later);
  }
  return transfers;
}

function transferOf(item) {
  if (isArrayBuffer(item)) return () => transferBuffer(item);
  const record = transferableClass(item);
  if (record === null) throw refusal('A value of the transfer list that is not transferable');
  return () => {
    if (record.detached(item)) throw refusal('An object that has been transferred already');
    return record.transfer(item);
  };
}

function transferBuffer(buffer) {
  if (ArrayBufferPrototypeGetDetached(buffer)) throw refusal('An ArrayBuffer that is detached');
  try {
    return ArrayBufferPrototypeTransfer(buffer);
  } catch {
    // A WebAssembly memory keeps its buffer.
    throw refusal('An ArrayBuffer that cannot be detached');
  }
}
