// FileReader: https://w3c.github.io/FileAPI/#APIASynch

import {
  ObjectDefineProperty, TypeError, TypedArrayPrototypeGetBuffer, Uint8ArrayPrototypeToBase64,
} from '../bootstrap/primordials.js';
import { impure } from '../bootstrap/state.js';
import { queueTask } from '../bootstrap/tasks.js';
import { latin1Of } from '../encoding/index.js';
import { DOMException, EventTarget, dispatch, handlerAttribute, trusted } from '../events/index.js';
import { ProgressEvent } from '../events/progress_event.js';
import { defineConstants, defineInterface, isObject, requireArguments, toDOMString } from '../webidl/index.js';
import { joinedBytes, ownBytes } from './parts.js';
import { blobContent } from './registry.js';
import { decodeAs } from './text.js';

const STATES = { __proto__: null, EMPTY: 0, LOADING: 1, DONE: 2 };
const EVENTS = ['loadstart', 'progress', 'load', 'abort', 'error', 'loadend'];

let stateOf;

export class FileReader extends EventTarget {
  // `reading` is a token of the last read; null when it was aborted.
  #state = { __proto__: null, ready: STATES.EMPTY, result: null, error: null, reading: null, handlers: { __proto__: null } };

  static {
    stateOf = (reader) => {
      if (!isObject(reader) || !(#state in reader)) throw new TypeError('Illegal invocation: not a FileReader');
      return reader.#state;
    };
  }

  get readyState() { return stateOf(this).ready; }
  get result() { return stateOf(this).result; }
  get error() { return stateOf(this).error; }

  readAsArrayBuffer(_blob) {
    const content = argument(this, arguments, 'readAsArrayBuffer');
    read(this, content, () => TypedArrayPrototypeGetBuffer(ownBytes(content.pieces, content.size)));
  }

  readAsBinaryString(_blob) {
    const content = argument(this, arguments, 'readAsBinaryString');
    read(this, content, () => latin1Of(joinedBytes(content.pieces, content.size)));
  }

  readAsDataURL(_blob) {
    const content = argument(this, arguments, 'readAsDataURL');
    read(this, content, () => `data:${content.type || 'application/octet-stream'};base64,${Uint8ArrayPrototypeToBase64(joinedBytes(content.pieces, content.size))}`);
  }

  readAsText(_blob, encoding = undefined) {
    const content = argument(this, arguments, 'readAsText');
    const label = encoding === undefined ? null : toDOMString(encoding);
    read(this, content, () => decodeAs(joinedBytes(content.pieces, content.size), label, content.type));
  }

  abort() {
    const state = stateOf(this);
    state.result = null;
    if (state.ready !== STATES.LOADING) return;
    state.ready = STATES.DONE;
    state.reading = null;
    fire(this, 'abort', 0, 0);
    if (state.ready !== STATES.LOADING) fire(this, 'loadend', 0, 0);
  }
}
for (let i = 0; i < EVENTS.length; i++) {
  const attribute = handlerAttribute(EVENTS[i], (reader) => stateOf(reader).handlers);
  ObjectDefineProperty(FileReader.prototype, `on${EVENTS[i]}`, { __proto__: null, ...attribute });
}
defineInterface(FileReader, 'FileReader');
defineConstants(FileReader, STATES);

function argument(reader, given, method) {
  stateOf(reader);
  requireArguments(given.length, 1, `FileReader.${method}`);
  const content = blobContent(given[0]);
  if (content === null) throw new TypeError(`FileReader.${method}: the object is not a Blob.`);
  return content;
}

function fire(reader, type, loaded, total) {
  dispatch(reader, trusted(new ProgressEvent(type, { __proto__: null, lengthComputable: total > 0, loaded, total })));
}

// https://w3c.github.io/FileAPI/#readOperation: all of it is at hand, so the steps are tasks one after the other.
function read(reader, { size }, packaged) {
  impure('a FileReader');
  const state = stateOf(reader);
  if (state.ready === STATES.LOADING) throw new DOMException('The FileReader is busy with another read.', 'InvalidStateError');
  const token = (state.reading = {});
  state.ready = STATES.LOADING;
  state.result = state.error = null;
  const steps = [
    () => fire(reader, 'loadstart', 0, size),
    () => size > 0 && fire(reader, 'progress', size, size),
    () => finish(reader, state, size, packaged),
    () => fire(reader, 'loadend', size, size),
  ];
  const run = (at) => queueTask(() => {
    if (state.reading !== token) return;
    if (at + 1 < steps.length) run(at + 1);
    steps[at]();
  });
  run(0);
}

function finish(reader, state, size, packaged) {
  state.ready = STATES.DONE;
  let type = 'load';
  try {
    state.result = packaged();
  } catch (error) {
    state.error = new DOMException(`The blob cannot be read: ${error.message}`, 'NotReadableError');
    type = 'error';
  }
  fire(reader, type, size, size);
}

export const globals = { FileReader };
