// What makes no sense here: nothing changes the package of a function while it runs.

import { unsupported } from '../errors.js';

const HINT = 'the files of a package never change, and those of /tmp belong to the invocation alone';

export function watch() {
  throw unsupported('fs.watch', HINT);
}

export function watchFile() {
  throw unsupported('fs.watchFile', HINT);
}

export function unwatchFile() {}
