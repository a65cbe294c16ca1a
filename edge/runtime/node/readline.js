// node:readline: https://nodejs.org/api/readline.html

import { ObjectDefineProperty, ReflectConstruct, SymbolFor } from '../bootstrap/primordials.js';
import { unsupported } from './internal/errors.js';
import { clearLine, clearScreenDown, cursorTo, moveCursor } from './internal/readline/cursor.js';
import { Interface, questionLater } from './internal/readline/interface.js';
import promises from './readline_promises.js';

function emitKeypressEvents() {
  throw unsupported('readline.emitKeypressEvents', 'a function has no terminal');
}

ObjectDefineProperty(Interface.prototype.question, SymbolFor('nodejs.util.promisify.custom'), {
  __proto__: null,
  value(query, options) { return questionLater(this, query, options); },
});

export default {
  Interface,
  clearLine,
  clearScreenDown,
  createInterface: (...args) => ReflectConstruct(Interface, args),
  cursorTo,
  emitKeypressEvents,
  moveCursor,
  promises,
};
