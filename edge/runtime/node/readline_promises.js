// node:readline/promises: https://nodejs.org/api/readline.html#promises-api

import { ArrayPrototypeJoin, ArrayPrototypePush, Promise, ReflectApply, ReflectConstruct } from '../bootstrap/primordials.js';
import { invalidArgType, validateBoolean, validateInteger } from './internal/errors.js';
import { lineText, moveText, positionText } from './internal/readline/cursor.js';
import { Interface as Base, questionLater } from './internal/readline/interface.js';

class Interface extends Base {
  question(query, options) {
    return questionLater({ __proto__: null, question: (...args) => ReflectApply(super.question, this, args) }, query, options);
  }
}

/** Control sequences that are collected, and sent together. */
class Readline {
  #stream;
  #autoCommit = false;
  #todo = [];

  constructor(stream, options = undefined) {
    if (typeof stream?.write !== 'function' || typeof stream.on !== 'function') throw invalidArgType('stream', 'Writable', stream);
    if (options?.autoCommit !== undefined) {
      validateBoolean(options.autoCommit, 'options.autoCommit');
      this.#autoCommit = options.autoCommit;
    }
    this.#stream = stream;
  }

  #add(text) {
    if (this.#autoCommit) import('./process.js').default.nextTick(() => this.#stream.write(text));
    else ArrayPrototypePush(this.#todo, text);
    return this;
  }

  clearLine(dir) {
    validateInteger(dir, 'dir', -1, 1);
    return this.#add(lineText(dir));
  }

  clearScreenDown() { return this.#add('\u001b[0J'); }

  cursorTo(x, y = undefined) {
    validateInteger(x, 'x');
    if (y !== undefined && y !== null) validateInteger(y, 'y');
    return this.#add(positionText(x, y ?? undefined));
  }

  moveCursor(dx, dy) {
    if (dx === 0 && dy === 0) return this;
    validateInteger(dx, 'dx');
    validateInteger(dy, 'dy');
    return this.#add(moveText(dx, dy));
  }

  commit() {
    return new Promise((resolve) => {
      this.#stream.write(ArrayPrototypeJoin(this.#todo, ''), resolve);
      this.#todo = [];
    });
  }

  rollback() {
    this.#todo = [];
    return this;
  }
}

export default { Interface, Readline, createInterface: (...args) => ReflectConstruct(Interface, args) };
