// Errors: their stack, with the name put right, then their own properties.

import {
  ArrayPrototypeConcat,
  ArrayPrototypeIndexOf,
  ArrayPrototypeJoin,
  ArrayPrototypePush,
  ArrayPrototypeSlice,
  ArrayPrototypeSplice,
  ErrorIsError,
  ErrorPrototypeToString,
  ReflectGetOwnPropertyDescriptor,
  ReflectGetPrototypeOf,
  RegExpPrototypeExec,
  RegExpPrototypeSymbolReplace,
  StringPrototypeIncludes,
  StringPrototypeIndexOf,
  StringPrototypeRepeat,
  StringPrototypeReplaceAll,
  StringPrototypeSlice,
  StringPrototypeSplit,
  StringPrototypeStartsWith,
} from '../../bootstrap/primordials.js';
import { isProxy } from '../proxies.js';

const FRAME = /\n\s+at /;
// A frame of the runtime, with those of builtins that it called.
const RUNTIME_FRAME = /(?:\n\s+at [^\n]*\(<anonymous>\))*\n\s+at (?:[^\n]*\()?edge:runtime[^\n]*/g;

function text(error, key) {
  try {
    const found = error[key];
    if (typeof found !== 'string') return undefined;
    return key === 'stack' ? withoutRuntime(found) : found;
  } catch {
    return undefined;
  }
}

/** A stack without the frames of this runtime: they are no business of the function's author. */
export function withoutRuntime(stack) {
  return StringPrototypeIncludes(stack, 'edge:runtime') ? RegExpPrototypeSymbolReplace(RUNTIME_FRAME, stack, '') : stack;
}

function summary(error) {
  try {
    return ErrorPrototypeToString(error);
  } catch {
    return '[object Error]';
  }
}

/** A subclass that kept the name of its parent is shown under its own: `Error: x` becomes `MyError: x`. */
function withName(stack, error, name, tag) {
  const plain = text(error, 'name') ?? 'Error';
  let shown = name ?? plain;
  if (name === null) {
    const start = RegExpPrototypeExec(/^([A-Z][a-z_ A-Z0-9[\]()-]+)(?::|\n\s+at)/, stack) ?? RegExpPrototypeExec(/^([a-z_A-Z0-9-]*Error)$/, stack);
    const fallback = start === null ? 'Error' : start[1];
    return `[${fallback}: null prototype]${StringPrototypeSlice(stack, start === null ? 0 : fallback.length)}`;
  }
  if (plain !== shown && StringPrototypeStartsWith(stack, plain) && !StringPrototypeIncludes(shown, plain)) shown = `${shown} [${plain}]`;
  else if (plain === shown || !StringPrototypeStartsWith(stack, plain)) shown = null;
  const named = shown === null ? stack : `${shown}${StringPrototypeSlice(stack, plain.length)}`;
  return tag === '' || shown === null ? named : named;
}

/** Frames that the error shares with the one it is the cause of, as one line. */
function withoutShared(own, outer) {
  const ours = StringPrototypeSplit(own, '\n');
  const theirs = StringPrototypeSplit(outer, '\n');
  for (let i = 1; i < ours.length - 3; i++) {
    const at = ArrayPrototypeIndexOf(theirs, ours[i]);
    if (at < 0) continue;
    let length = 0;
    while (i + length < ours.length && at + length < theirs.length && ours[i + length] === theirs[at + length]) length++;
    if (length > 3) {
      ArrayPrototypeSplice(ours, i, length - 2, '', `    ... ${length - 2} lines matching cause stack trace ...`);
      return ArrayPrototypeJoin(ArrayPrototypeConcat(ArrayPrototypeSlice(ours, 0, i), ArrayPrototypeSlice(ours, i + 1)), '\n');
    }
  }
  return own;
}

/** Keys that the stack shows already are not printed again. */
function dropShown(error, keys, stack) {
  const names = ['name', 'message', 'stack'];
  for (let i = 0; i < names.length; i++) {
    const at = ArrayPrototypeIndexOf(keys, names[i]);
    if (at < 0) continue;
    const value = text(error, names[i]);
    if (value === undefined || StringPrototypeIncludes(stack, value)) ArrayPrototypeSplice(keys, at, 1);
  }
}

function addHidden(error, keys) {
  const hidden = ['cause', 'errors'];
  for (let i = 0; i < hidden.length; i++) {
    const own = ReflectGetOwnPropertyDescriptor(error, hidden[i]);
    if (own !== undefined && ArrayPrototypeIndexOf(keys, hidden[i]) < 0) ArrayPrototypePush(keys, hidden[i]);
  }
}

function isErrorChain(error) {
  for (let link = error; link !== null; link = ReflectGetPrototypeOf(link)) if (isProxy(link)) return false;
  return true;
}

/** The text of an error; takes from `keys` what the text shows already, and adds its cause. */
export function formatError(context, error, name, tag, keys) {
  let stack = isErrorChain(error) ? text(error, 'stack') : '';
  if (stack === undefined || stack === '') stack = summary(error);
  if (!context.showHidden) dropShown(error, keys, stack);
  addHidden(error, keys);
  stack = withName(stack, error, name, tag);
  const message = text(error, 'message') ?? '';
  const from = message === '' ? 0 : StringPrototypeIndexOf(stack, message) + message.length;
  const frames = RegExpPrototypeExec(FRAME, StringPrototypeSlice(stack, from));
  if (frames === null) stack = `[${stack}]`;
  const outer = context.seen[context.seen.length - 1];
  if (outer !== undefined && frames !== null && !isProxy(outer) && ErrorIsError(outer)) stack = withoutShared(stack, text(outer, 'stack') ?? '');
  if (context.indentation === 0) return stack;
  return StringPrototypeReplaceAll(stack, '\n', `\n${StringPrototypeRepeat(' ', context.indentation)}`);
}
