// node:process: https://nodejs.org/api/process.html, as far as it makes sense for invocations.

import {
  ArrayIsArray,
  BigInt,
  Error,
  MathFloor,
  MathMax,
  ObjectAssign,
  ObjectDefineProperty,
  ReflectConstruct,
  String,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  SymbolToStringTag,
} from '../bootstrap/primordials.js';
import { addHearer } from '../bootstrap/hearers.js';
import { currentInvocation, impure, monotonicNow } from '../bootstrap/host.js';
import { nextTick } from '../bootstrap/next_tick.js';
import { loadBuiltin } from '../bootstrap/modules.js';
import { log } from '../console/index.js';
import { reportException } from '../events/index.js';
import { EventEmitter } from './internal/emitter.js';
import { coded, invalidArgType } from './internal/errors.js';
import { named } from './internal/named.js';
import { facts } from './internal/process/facts.js';
import { createOutput } from './internal/process/output.js';
import { environment, firstStart } from './process_env.js';

const FORBIDDEN = [
  'exit', 'reallyExit', 'abort', 'kill', 'chdir', 'setuid', 'setgid', 'seteuid', 'setegid', 'setgroups', 'initgroups', 'dlopen', 'execve', 'loadEnvFile', '_kill', '_debugProcess',
  'setUncaughtExceptionCaptureCallback',
];
const SECOND = 1000;
const USER = 1000;

function denied(name) {
  const error = new Error(`EACCES: permission denied, process.${name}() is not for functions`);
  error.code = 'EACCES';
  error.errno = -13;
  error.syscall = name;
  return error;
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
hrtime.bigint = () => BigInt(MathFloor(MathMax(0, monotonicNow() - firstStart()) * 1e6));

/** An isolate cannot measure itself: what is reported is the limit that it lives under. */
function memoryUsage() {
  impure('process.memoryUsage');
  const limit = currentInvocation()?.memory ?? 0;
  return { rss: limit, heapTotal: limit, heapUsed: 0, external: 0, arrayBuffers: 0 };
}
memoryUsage.rss = () => memoryUsage().rss;

/** Nor can it tell its time on a CPU; the gateway does, and holds it to its limit. */
function cpuUsage(previous) {
  if (previous !== undefined && (typeof previous !== 'object' || previous === null)) throw invalidArgType('prevValue', 'object', previous);
  return { user: 0, system: 0 };
}

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
  cpuUsage,
  threadCpuUsage: cpuUsage,
  resourceUsage: () => import('./internal/process/rare.js').resourceUsage(currentInvocation()?.memory ?? 0),
  constrainedMemory: () => currentInvocation()?.memory ?? 0,
  availableMemory: () => currentInvocation()?.memory ?? 0,
  nextTick,
  getuid: () => USER,
  geteuid: () => USER,
  getgid: () => USER,
  getegid: () => USER,
  getgroups: () => [USER],
  getActiveResourcesInfo: () => [],
  _getActiveHandles: () => [],
  _getActiveRequests: () => [],
  setSourceMapsEnabled() {},
  ref() {},
  unref() {},
  hasUncaughtExceptionCaptureCallback: () => false,
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

function lazily(target, name, make) {
  const define = (value) => ObjectDefineProperty(target, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
  ObjectDefineProperty(target, name, {
    __proto__: null,
    get() {
      const value = make();
      define(value);
      return value;
    },
    set: define,
    enumerable: true,
    configurable: true,
  });
}

/** The object `process`: an EventEmitter that keeps listeners, though nothing here ever exits. */
export function createProcess() {
  const process = ReflectConstruct(EventEmitter, [], named('process', class extends EventEmitter {}));
  ObjectAssign(process, facts);
  ObjectAssign(process, methods);
  for (let i = 0; i < FORBIDDEN.length; i++) {
    const name = FORBIDDEN[i];
    process[name] = () => {
      throw denied(name);
    };
  }
  process.stdout = createOutput('info', 1);
  process.stderr = createOutput('error', 2);
  lazily(process, 'stdin', () => import('./internal/process/rare.js').createInput());
  lazily(process, 'allowedNodeEnvironmentFlags', () => import('./internal/process/rare.js').flags());
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
