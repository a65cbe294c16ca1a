// node:tty: https://nodejs.org/api/tty.html.  A function has no terminal.

import { coded } from './internal/errors.js';
import { Error } from '../bootstrap/primordials.js';

function noTerminal(name) {
  return function () {
    throw coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `tty.${name} is not available in edge: a function has no terminal`);
  };
}

export default { isatty: () => false, ReadStream: noTerminal('ReadStream'), WriteStream: noTerminal('WriteStream') };
