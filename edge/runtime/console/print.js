// console's methods over anything that takes lines: https://console.spec.whatwg.org/ with Node's output.

import {
  ArrayPrototypeUnshift,
  ErrorCaptureStackTrace,
  SafeMap,
  String,
  StringPrototypeIncludes,
  StringPrototypeIndexOf,
  StringPrototypeRepeat,
  StringPrototypeReplaceAll,
  StringPrototypeSlice,
} from '../bootstrap/primordials.js';
import { monotonicNow } from '../bootstrap/host.js';
import { duration } from './duration.js';
import { withoutRuntime } from './inspect/errors.js';
import { formatAll } from './inspect/format.js';
import { inspectWithin } from './inspect/index.js';
import { table } from './table.js';
import { toDOMString } from '../webidl/index.js';

const MAX_TEXT = 65536; // characters of one call
const GROUP_INDENT = 2;
const MAX_GROUPS = 100;

function cut(text) {
  if (text.length <= MAX_TEXT) return text;
  const rest = text.length - MAX_TEXT;
  return `${StringPrototypeSlice(text, 0, MAX_TEXT)}... ${rest} more characters (a console call prints at most ${MAX_TEXT})`;
}

/** What the caller's own custom inspect function, toString or getter throws is shown instead of the value. */
function formatSafely(args, options) {
  try {
    return formatAll(options, args, MAX_TEXT);
  } catch (error) {
    return `[inspection threw: ${describe(error)}]`;
  }
}

function describe(error) {
  try {
    return StringPrototypeSlice(String(error), 0, 1000);
  } catch {
    return 'an error without text';
  }
}


/** What a console remembers between calls. */
export const createState = () => ({ __proto__: null, groups: 0, counts: new SafeMap(), timers: new SafeMap() });

function ownState() {
  const state = createState();
  return () => state;
}

/**
 * The methods of one console; `write(level, text)` gets whole calls, levels as in wire.messages.Log.
 * `options` are inspect's; `state` gives what createState made.
 *
 * They work without `this`, so `promise.then(console.log)` does.
 */
export function createMethods(write, { options = {}, indent = GROUP_INDENT, state = ownState() } = {}) {
  function print(level, text) {
    const shown = cut(text);
    const { groups } = state();
    if (groups === 0) return write(level, shown);
    const space = StringPrototypeRepeat(' ', groups * indent);
    const body = StringPrototypeIncludes(shown, '\n') ? StringPrototypeReplaceAll(shown, '\n', `\n${space}`) : shown;
    return write(level, space + body);
  }

  const say = (level) => (args) => {
    print(level, formatSafely(args, options));
  };
  const info = say('info');
  const warn = say('warn');
  const error = say('error');
  const debug = say('debug');

  function group(args) {
    if (args.length > 0) info(args);
    const own = state();
    if (own.groups < MAX_GROUPS) own.groups += 1;
  }

  function elapsed(label, rest) {
    const started = state().timers.get(label);
    if (started === undefined) return print('warn', `No such label '${label}' for console.time()`);
    const text = `${label}: ${duration(monotonicNow() - started)}`;
    return print('info', rest.length === 0 ? text : `${text} ${formatSafely(rest, options)}`);
  }

  return {
    log(...args) { info(args); },
    info(...args) { info(args); },
    warn(...args) { warn(args); },
    error(...args) { error(args); },
    debug(...args) { debug(args); },
    trace: function trace(...args) {
      const at = { __proto__: null, stack: '' };
      ErrorCaptureStackTrace(at, trace);
      const text = formatSafely(args, options);
      const stack = withoutRuntime(at.stack);
      const frames = StringPrototypeIndexOf(stack, '\n');
      print('debug', `Trace${text === '' ? '' : `: ${text}`}${frames < 0 ? '' : StringPrototypeSlice(stack, frames)}`);
    },
    assert(condition = false, ...args) {
      if (condition) return;
      const text = typeof args[0] === 'string' ? '' : 'Assertion failed';
      if (text === '') args[0] = `Assertion failed: ${args[0]}`;
      if (text !== '') ArrayPrototypeUnshift(args, text);
      error(args);
    },
    dir(value = undefined, dirOptions = undefined) { print('info', inspectSafely(value, { ...options, customInspect: false, ...dirOptions })); },
    dirxml(...args) { info(args); },
    table(data = undefined, columns = undefined) {
      if (typeof data !== 'object' || data === null) return info([data]);
      const cell = (value) => inspectSafely(value, { ...options, depth: 0, maxArrayLength: 3, breakLength: Infinity });
      return print('info', table(data, columns, cell));
    },
    group(...args) { group(args); },
    groupCollapsed(...args) { group(args); },
    groupEnd() {
      const own = state();
      if (own.groups > 0) own.groups -= 1;
    },
    count(label = 'default') {
      const key = toDOMString(label);
      const { counts } = state();
      const next = (counts.get(key) ?? 0) + 1;
      counts.set(key, next);
      print('info', `${key}: ${next}`);
    },
    countReset(label = 'default') {
      const key = toDOMString(label);
      const { counts } = state();
      if (counts.has(key)) counts.delete(key);
      else print('warn', `Count for '${key}' does not exist`);
    },
    time(label = 'default') {
      const key = toDOMString(label);
      const { timers } = state();
      if (timers.has(key)) print('warn', `Label '${key}' already exists for console.time()`);
      else timers.set(key, monotonicNow());
    },
    timeLog(label = 'default', ...data) { elapsed(toDOMString(label), data); },
    timeEnd(label = 'default') {
      const key = toDOMString(label);
      elapsed(key, []);
      state().timers.delete(key);
    },
    timeStamp() {},
    profile() {},
    profileEnd() {},
    clear() { state().groups = 0; },
  };
}

function inspectSafely(value, options) {
  try {
    return inspectWithin(MAX_TEXT, value, options);
  } catch (error) {
    return `[inspection threw: ${describe(error)}]`;
  }
}
