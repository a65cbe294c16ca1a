// DOMException: https://webidl.spec.whatwg.org/#idl-DOMException
// Instances are real Error objects (they have a stack, and Error.isError says yes), stamped with private fields.

import {
  Error, ErrorCaptureStackTrace, Function, ObjectCreate, ObjectDefineProperty, ObjectGetOwnPropertyDescriptors, ObjectSetPrototypeOf, TypeError,
} from '../bootstrap/primordials.js';
import { defineConstants, defineInterface, isObject, serializable, toDOMString } from '../webidl/index.js';

const CODES = {
  __proto__: null,
  INDEX_SIZE_ERR: 1, DOMSTRING_SIZE_ERR: 2, HIERARCHY_REQUEST_ERR: 3, WRONG_DOCUMENT_ERR: 4, INVALID_CHARACTER_ERR: 5,
  NO_DATA_ALLOWED_ERR: 6, NO_MODIFICATION_ALLOWED_ERR: 7, NOT_FOUND_ERR: 8, NOT_SUPPORTED_ERR: 9, INUSE_ATTRIBUTE_ERR: 10,
  INVALID_STATE_ERR: 11, SYNTAX_ERR: 12, INVALID_MODIFICATION_ERR: 13, NAMESPACE_ERR: 14, INVALID_ACCESS_ERR: 15,
  VALIDATION_ERR: 16, TYPE_MISMATCH_ERR: 17, SECURITY_ERR: 18, NETWORK_ERR: 19, ABORT_ERR: 20, URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22, TIMEOUT_ERR: 23, INVALID_NODE_TYPE_ERR: 24, DATA_CLONE_ERR: 25,
};

const CODE_OF_NAME = {
  __proto__: null,
  IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5, NoModificationAllowedError: 7,
  NotFoundError: 8, NotSupportedError: 9, InUseAttributeError: 10, InvalidStateError: 11, SyntaxError: 12,
  InvalidModificationError: 13, NamespaceError: 14, InvalidAccessError: 15, TypeMismatchError: 17, SecurityError: 18,
  NetworkError: 19, AbortError: 20, URLMismatchError: 21, QuotaExceededError: 22, TimeoutError: 23, InvalidNodeTypeError: 24,
  DataCloneError: 25,
};

class Target {
  constructor(object) { return object; }
}

// Puts private fields on an object that a base constructor returned: https://tc39.es/ecma262/#sec-definefield
class Stamp extends Target {
  #name;
  #message;

  constructor(object, name, message) {
    super(object);
    this.#name = name;
    this.#message = message;
  }

  static has(object) { return isObject(object) && #name in object; }
  static name(object) { return object.#name; }
  static message(object) { return object.#message; }
}
const { has, name: nameOf, message: messageOf } = Stamp;
export { messageOf };

export function DOMException(message = '', options = 'Error') {
  if (new.target === undefined) throw new TypeError("Class constructor DOMException cannot be invoked without 'new'");
  const text = toDOMString(message);
  // V8 writes the message that it is given into the stack; the property itself is an accessor of the prototype.
  const error = new Error(text);
  delete error.message;
  ObjectSetPrototypeOf(error, new.target.prototype);
  const dictionary = isObject(options);
  const name = dictionary ? (options.name === undefined ? 'Error' : toDOMString(options.name)) : toDOMString(options);
  new Stamp(error, name, text);
  if (dictionary && 'cause' in options) {
    ObjectDefineProperty(error, 'cause', { __proto__: null, value: options.cause, writable: true, configurable: true });
  }
  ErrorCaptureStackTrace(error, new.target);
  return error;
}
ObjectSetPrototypeOf(DOMException, Function.prototype);
ObjectDefineProperty(DOMException, 'length', { __proto__: null, value: 0, configurable: true });

const members = {
  get name() { return nameOf(checked(this)); },
  get message() { return messageOf(checked(this)); },
  get code() { return CODE_OF_NAME[nameOf(checked(this))] ?? 0; },
};

function checked(object) {
  if (!has(object)) throw new TypeError('Illegal invocation: not a DOMException');
  return object;
}

const prototype = ObjectCreate(Error.prototype, ObjectGetOwnPropertyDescriptors(members));
ObjectDefineProperty(prototype, 'constructor', { __proto__: null, value: DOMException, writable: true, configurable: true });
ObjectDefineProperty(DOMException, 'prototype', { __proto__: null, value: prototype, writable: false });
defineInterface(DOMException, 'DOMException');
defineConstants(DOMException, CODES);
serializable(DOMException, has, (value) => copyStack(new DOMException(messageOf(value), nameOf(value)), value));

/** Gives a clone the stack of its original. */
export function copyStack(copy, original) {
  const { stack } = original;
  ObjectDefineProperty(copy, 'stack', { __proto__: null, value: typeof stack === 'string' ? stack : undefined, writable: true, configurable: true });
  return copy;
}
