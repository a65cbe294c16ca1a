// Which file res.sendFile means, and what may not be meant.

import { ArrayPrototypePush, StringPrototypeEndsWith, StringPrototypeIncludes, StringPrototypeSplit, StringPrototypeStartsWith, TypeError } from '../../bootstrap/primordials.js';
import path from '../../node/path.js';
import { namedError } from './errors.js';

const SLASH = '/';

function climbs(text) {
  const parts = StringPrototypeSplit(text, SLASH);
  for (let i = 0; i < parts.length; i++) if (parts[i] === '..') return true;
  return false;
}

function hasDotFile(text) {
  const parts = StringPrototypeSplit(text, SLASH);
  for (let i = 0; i < parts.length; i++) if (parts[i].length > 1 && StringPrototypeStartsWith(parts[i], '.') && parts[i] !== '..') return true;
  return false;
}

export function checkPath(given, root) {
  if (!given) throw new TypeError('path argument is required to res.sendFile');
  if (typeof given !== 'string') throw new TypeError('path must be a string to res.sendFile');
  if (!root && !StringPrototypeStartsWith(given, SLASH)) throw new TypeError('path must be absolute or specify root to res.sendFile');
}

const DOTFILES = { __proto__: null, allow: 0, deny: 403, ignore: 404 };

/** The absolute path of a file below `root`, when there is one.  Throws an error with a status for what is not to be sent. */
export function pathOf(given, root, dotfiles = 'ignore') {
  if (!(dotfiles in DOTFILES)) throw new TypeError('dotfiles option must be "allow", "deny", or "ignore"');
  if (StringPrototypeIncludes(given, '\0')) throw namedError(400);
  const relative = root ? path.normalize(`./${given}`) : given;
  if (climbs(relative)) throw namedError(403);
  if (DOTFILES[dotfiles] !== 0 && hasDotFile(root ? relative : path.normalize(given))) throw namedError(DOTFILES[dotfiles]);
  return root ? path.normalize(path.join(path.resolve(`${root}`), relative)) : path.normalize(given);
}

/** Paths to try for one that ends with a slash, or has no extension. */
export function candidates(found, options) {
  const list = [];
  const names = (value) => (value === false || value === undefined ? [] : StringPrototypeSplit(`${value}`, ','));
  if (StringPrototypeEndsWith(found, SLASH)) {
    const index = names(options.index ?? 'index.html');
    for (let i = 0; i < index.length; i++) ArrayPrototypePush(list, path.join(found, index[i]));
  } else {
    ArrayPrototypePush(list, found);
    const extensions = path.extname(found) === '' ? names(options.extensions) : [];
    for (let i = 0; i < extensions.length; i++) ArrayPrototypePush(list, `${found}.${extensions[i]}`);
  }
  return list;
}
