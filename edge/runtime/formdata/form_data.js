// FormData: https://xhr.spec.whatwg.org/#interface-formdata

import { ArrayPrototypePush, TypeError } from '../bootstrap/primordials.js';
import { fileInfo, isBlob, renamedFile } from '../blob/index.js';
import { defineInterface, definePairIteration, isObject, requireArguments, toUSVString } from '../webidl/index.js';
import { recogniseFormsBy } from './registry.js';

let entriesOf;

export class FormData {
  #entries = [];

  static {
    recogniseFormsBy((value) => isObject(value) && #entries in value);
    entriesOf = (form) => {
      if (!isObject(form) || !(#entries in form)) throw new TypeError('Illegal invocation: not a FormData');
      return form.#entries;
    };
  }

  constructor(form = undefined) {
    if (form !== undefined) throw new TypeError("Failed to construct 'FormData': there are no form elements here.");
  }

  append(name, value, filename = undefined) {
    requireArguments(arguments.length, 2, 'FormData.append');
    const entry = createEntry(name, value, filename, arguments.length > 2);
    ArrayPrototypePush(this.#entries, entry);
  }

  delete(name) {
    requireArguments(arguments.length, 1, 'FormData.delete');
    remove(this.#entries, 0, toUSVString(name));
  }

  get(name) {
    requireArguments(arguments.length, 1, 'FormData.get');
    const entries = this.#entries;
    const key = toUSVString(name);
    for (let i = 0; i < entries.length; i++) if (entries[i][0] === key) return entries[i][1];
    return null;
  }

  getAll(name) {
    requireArguments(arguments.length, 1, 'FormData.getAll');
    const entries = this.#entries;
    const key = toUSVString(name);
    const values = [];
    for (let i = 0; i < entries.length; i++) if (entries[i][0] === key) ArrayPrototypePush(values, entries[i][1]);
    return values;
  }

  has(name) {
    requireArguments(arguments.length, 1, 'FormData.has');
    const entries = this.#entries;
    const key = toUSVString(name);
    for (let i = 0; i < entries.length; i++) if (entries[i][0] === key) return true;
    return false;
  }

  set(name, value, filename = undefined) {
    requireArguments(arguments.length, 2, 'FormData.set');
    const entry = createEntry(name, value, filename, arguments.length > 2);
    const entries = this.#entries;
    let first = 0;
    while (first < entries.length && entries[first][0] !== entry[0]) first += 1;
    if (first === entries.length) ArrayPrototypePush(entries, entry);
    else {
      entries[first] = entry;
      remove(entries, first + 1, entry[0]);
    }
  }
}
definePairIteration(FormData, 'FormData', (form) => entriesOf(form));
defineInterface(FormData, 'FormData');

// Takes the entries of a name away, from a place on; in one go, since there may be many.
function remove(entries, from, name) {
  let kept = from;
  for (let i = from; i < entries.length; i++) if (entries[i][0] !== name) entries[kept++] = entries[i];
  entries.length = kept;
}

// https://xhr.spec.whatwg.org/#create-an-entry
function createEntry(name, value, filename, named) {
  const key = toUSVString(name);
  if (!isBlob(value)) {
    if (named) throw new TypeError('FormData: a value with a file name must be a Blob.');
    return [key, toUSVString(value)];
  }
  const info = fileInfo(value);
  if (info !== null && filename === undefined) return [key, value];
  const called = filename !== undefined ? toUSVString(filename) : 'blob';
  return [key, renamedFile(value, called)];
}

/** The live array of [name, string or File]. */
export function formEntries(form) {
  return entriesOf(form);
}

/** A form of entries that are already converted. */
export function createFormData(entries) {
  const form = new FormData();
  const own = entriesOf(form);
  for (let i = 0; i < entries.length; i++) ArrayPrototypePush(own, entries[i]);
  return form;
}
