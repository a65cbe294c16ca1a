// node:process: https://nodejs.org/api/process.html, as far as it makes sense for invocations.

import {
  ArrayIsArray,
  BigInt,
  Error,
  MathFloor,
  MathMax,
  ObjectAssign,
  ObjectDefineProperty,
  ObjectFreeze,
  ReflectApply,
  ReflectConstruct,
  String,
  StringPrototypeLastIndexOf,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  SymbolToStringTag,
} from '../bootstrap/primordials.js';
import { addHearer } from '../bootstrap/hearers.js';
import { currentInvocation, impure, monotonicNow } from '../bootstrap/host.js';
import { invocationLocal } from '../bootstrap/invocation_local.js';
import { loadBuiltin } from '../bootstrap/modules.js';
import { log } from '../console/index.js';
import { decodeUtf8 } from '../encoding/utf8.js';
import { queueMicrotask, reportException } from '../events/index.js';
import { EventEmitter } from './internal/emitter.js';
import { coded, invalidArgType, validateFunction } from './internal/errors.js';
import { named } from './internal/named.js';
import { isArrayBufferView } from './internal/types.js';
import { environment, firstStart } from './process_env.js';

const VERSION = '24.0.0';
const FORBIDDEN = [
  'exit', 'reallyExit', 'abort', 'kill', 'chdir', 'setuid', 'setgid', 'seteuid', 'setegid', 'setgroups', 'initgroups', 'dlopen',
];
const SECOND = 1000;

function denied(name) {
  const error = new Error(`EACCES: permission denied, process.${name}() is not for functions`);
  error.code = 'EACCES';
  error.errno = -13;
  error.syscall = name;
  return error;
}

/** A stream whose lines are lines of the function's log. */
function createOutput(level, fd) {
  const lineOf = invocationLocal(() => ({ __proto__: null, rest: '' }));
  const flush = () => {
    const line = lineOf();
    if (line.rest !== '') log(level, line.rest);
    line.rest = '';
  };
  const output = new EventEmitter();
  output.write = (chunk, encoding, callback) => {
    if (typeof chunk !== 'string' && !isArrayBufferView(chunk)) throw invalidArgType('chunk', ['string', 'Buffer', 'TypedArray'], chunk);
    const line = lineOf();
    line.rest += typeof chunk === 'string' ? chunk : decodeUtf8(chunk);
    const end = StringPrototypeLastIndexOf(line.rest, '\n');
    if (end >= 0) {
      log(level, StringPrototypeSlice(line.rest, 0, end));
      line.rest = StringPrototypeSlice(line.rest, end + 1);
    }
    // What has no line end yet is a line when the current work is over.
    if (line.rest !== '') queueMicrotask(flush);
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') queueMicrotask(done);
    return true;
  };
  output.end = (chunk, encoding, callback) => {
    if (chunk !== undefined && typeof chunk !== 'function') output.write(chunk, encoding, callback);
    flush();
  };
  return ObjectAssign(output, { fd, isTTY: false, writable: true, columns: 80, _type: 'pipe' });
}

function hrtime(previous) {
  const now = monotonicNow() - firstStart();
  const seconds = MathFloor(now / SECOND);
  const nanos = MathFloor((now % SECOND) * 1e6);
  if (previous === undefined) return [seconds, nanos];
  if (!ArrayIsArray(previous)) throw invalidArgType('time', 'Array', previous);
  const wholeSeconds = seconds - previous[0];
  const wholeNanos = nanos - previous[1];
  return wholeNanos < 0 ? [wholeSeconds - 1, wholeNanos + 1e9] : [wholeSeconds, wholeNanos];
}
hrtime.bigint = () => BigInt(MathMax(0, monotonicNow() - firstStart())) * 1000000n;

/** An isolate cannot measure itself: what is reported is the limit that it lives under. */
function memoryUsage() {
  impure('process.memoryUsage');
  const limit = currentInvocation()?.memory ?? 0;
  return { rss: limit, heapTotal: limit, heapUsed: 0, external: 0, arrayBuffers: 0 };
}
memoryUsage.rss = () => memoryUsage().rss;

function emitWarning(warning, type, code) {
  const options = typeof type === 'object' && type !== null ? type : { type, code };
  let shown = warning;
  if (typeof warning === 'string') {
    shown = new Error(warning);
    shown.name = String(options.type ?? 'Warning');
    if (options.code !== undefined) shown.code = options.code;
    if (options.detail !== undefined) shown.detail = options.detail;
  } else if (!(warning instanceof Error)) throw invalidArgType('warning', ['string', 'Error'], warning);
  log('warn', `${shown.code ? `[${shown.code}] ` : ''}${shown.name}: ${shown.message}${shown.detail ? `\n${shown.detail}` : ''}`);
  this?.emit?.('warning', shown);
}

const methods = {
  cwd: () => '/app',
  uptime: () => MathMax(0, monotonicNow() - firstStart()) / SECOND,
  hrtime,
  memoryUsage,
  cpuUsage: () => ({ user: 0, system: 0 }),
  constrainedMemory: () => currentInvocation()?.memory ?? 0,
  availableMemory: () => currentInvocation()?.memory ?? 0,
  nextTick(callback, ...args) {
    validateFunction(callback, 'callback');
    queueMicrotask(() => ReflectApply(callback, undefined, args));
  },
  emitWarning,
  umask(mask) {
    if (mask !== undefined) throw denied('umask');
    return 0o22;
  },
  binding(name) {
    throw coded(Error, 'ERR_UNKNOWN_BUILTIN_MODULE', `No such built-in module: ${name}`);
  },
  getBuiltinModule(name) {
    try {
      return loadBuiltin(StringPrototypeStartsWith(name, 'node:') ? StringPrototypeSlice(name, 5) : name);
    } catch {
      return undefined;
    }
  },
};

const constants = {
  title: 'node',
  version: `v${VERSION}`,
  versions: ObjectFreeze({ node: VERSION, v8: '14.4' }),
  release: ObjectFreeze({ name: 'node' }),
  features: ObjectFreeze({ inspector: false, debug: false, uv: false, ipv6: true, tls: false, typescript: 'transform', require_module: true }),
  config: ObjectFreeze({ target_defaults: {}, variables: {} }),
  platform: 'linux',
  arch: 'x64',
  pid: 1,
  ppid: 0,
  argv: ['/usr/bin/node', '/app'],
  argv0: 'node',
  execArgv: [],
  execPath: '/usr/bin/node',
  exitCode: undefined,
};

/** The object `process`: an EventEmitter that keeps listeners, though nothing here ever exits. */
export function createProcess() {
  const process = ReflectConstruct(EventEmitter, [], named('process', class extends EventEmitter {}));
  ObjectAssign(process, constants);
  ObjectAssign(process, methods);
  for (let i = 0; i < FORBIDDEN.length; i++) {
    const name = FORBIDDEN[i];
    process[name] = () => {
      throw denied(name);
    };
  }
  process.stdout = createOutput('info', 1);
  process.stderr = createOutput('error', 2);
  ObjectDefineProperty(process, 'env', { __proto__: null, get: () => environment, set() {}, enumerable: true, configurable: false });
  ObjectDefineProperty(process, SymbolToStringTag, { __proto__: null, value: 'process', configurable: true });
  return process;
}

const process = createProcess();

// https://nodejs.org/api/process.html#process-events
const EVENTS = { __proto__: null, error: 'uncaughtException', unhandledrejection: 'unhandledRejection', rejectionhandled: 'rejectionHandled' };

function hear(kind, value, promise) {
  let name = EVENTS[kind];
  if (kind === 'unhandledrejection' && process.listenerCount(name) === 0) name = EVENTS.error;
  if (process.listenerCount(name) === 0) return false;
  if (kind === 'rejectionhandled') process.emit(name, promise);
  else process.emit(name, value, name === EVENTS.unhandledrejection ? promise : kind === 'error' ? name : EVENTS.unhandledrejection);
  return true;
}

addHearer((kind, value, promise) => {
  try {
    return hear(kind, value, promise);
  } catch (error) {
    reportException(error);
    return true;
  }
});

export default process;
