// node:console: https://nodejs.org/api/console.html

import { ObjectAssign } from '../bootstrap/primordials.js';
import { globals } from '../console/index.js';
import { createMethods } from '../console/print.js';
import { invalidArgType } from './internal/errors.js';

/** A console that writes to streams: `new Console({stdout, stderr})`. */
export function Console(options, stderr, ignoreErrors = true) {
  if (new.target === undefined) return new Console(options, stderr, ignoreErrors);
  const given = typeof options?.write === 'function' ? { stdout: options, stderr, ignoreErrors } : options;
  if (typeof given?.stdout?.write !== 'function') throw invalidArgType('stdout', 'Writable', given?.stdout);
  const errors = given.stderr ?? given.stdout;
  const write = (level, text) => {
    const stream = level === 'error' || level === 'warn' ? errors : given.stdout;
    try {
      stream.write(`${text}\n`);
    } catch (error) {
      if (given.ignoreErrors === false) throw error;
    }
  };
  ObjectAssign(this, createMethods(write, { options: { ...given.inspectOptions, colors: given.colorMode === true }, indent: given.groupIndentation }));
}

const { console } = globals;
console.Console = Console;

export default console;
