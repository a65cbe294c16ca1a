// node:os: https://nodejs.org/api/os.html, limited: a function sees its own limits, never the machine that it runs on.

import { ObjectFreeze } from '../bootstrap/primordials.js';
import { currentInvocation, impure } from '../bootstrap/host.js';
import { systemError } from './internal/fs/errors.js';
import process from './process.js';

const PRIORITY = ObjectFreeze({
  __proto__: null, PRIORITY_LOW: 19, PRIORITY_BELOW_NORMAL: 10, PRIORITY_NORMAL: 0, PRIORITY_ABOVE_NORMAL: -7, PRIORITY_HIGH: -14, PRIORITY_HIGHEST: -20,
});
const SIGNALS = ObjectFreeze({
  __proto__: null, SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGTRAP: 5, SIGABRT: 6, SIGBUS: 7, SIGFPE: 8, SIGKILL: 9, SIGUSR1: 10, SIGSEGV: 11,
  SIGUSR2: 12, SIGPIPE: 13, SIGALRM: 14, SIGTERM: 15, SIGCHLD: 17, SIGCONT: 18, SIGSTOP: 19,
});

function limit() {
  impure('the memory limit');
  return currentInvocation()?.memory ?? 0;
}

function setPriority() {
  throw systemError('EACCES', 'uv_os_setpriority');
}

const os = {
  EOL: '\n',
  devNull: '/dev/null',
  constants: ObjectFreeze({ __proto__: null, UV_UDP_REUSEADDR: 4, signals: SIGNALS, priority: PRIORITY, errno: ObjectFreeze({ __proto__: null }), dlopen: ObjectFreeze({ __proto__: null }) }),
  arch: () => process.arch,
  availableParallelism: () => 1,
  cpus: () => [{ model: 'edge', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } }],
  endianness: () => 'LE',
  freemem: limit,
  getPriority: () => 0,
  homedir: () => '/tmp',
  hostname: () => 'localhost',
  loadavg: () => [0, 0, 0],
  machine: () => 'x86_64',
  networkInterfaces: () => ({}),
  platform: () => process.platform,
  release: () => '0.0.0',
  setPriority,
  tmpdir: () => '/tmp',
  totalmem: limit,
  type: () => 'Linux',
  uptime: () => process.uptime(),
  userInfo: () => ({ uid: 0, gid: 0, username: 'function', homedir: '/tmp', shell: null }),
  version: () => 'edge',
};

export default os;
