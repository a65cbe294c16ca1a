const write = (level, ...args) => vm.note(host.write, level, ...args);
const counts = new Map(), began = new Map(), now = Date.now;
const label = (given) => (given === undefined ? 'default' : String(given));
const lasted = (name) => `${name}: ${now() - began.get(name)}ms`;
const console = {
  log: (...args) => write('log', ...args),
  info: (...args) => write('info', ...args),
  warn: (...args) => write('warn', ...args),
  error: (...args) => write('error', ...args),
  debug: (...args) => write('debug', ...args),
  trace: (...args) => write('trace', ...args, new Error().stack.replace(/^Error\n[^\n]*\n?/, '')),
  dir: (value) => write('log', value),
  table: (value) => write('log', value),
  group: (...args) => { if (args.length > 0) write('log', ...args); },
  groupEnd: () => {},
  assert: (condition, ...args) => { if (!condition) write('error', 'Assertion failed', ...args); },
  count: (given) => {
    const name = label(given);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    write('info', `${name}: ${counts.get(name)}`);
  },
  countReset: (given) => { counts.delete(label(given)); },
  time: (given) => { began.set(label(given), now()); },
  timeLog: (given, ...args) => { if (began.has(label(given))) write('info', lasted(label(given)), ...args); },
  timeEnd: (given) => {
    const name = label(given);
    if (began.has(name)) write('info', lasted(name));
    began.delete(name);
  },
};
console.groupCollapsed = console.group;
Object.defineProperty(global, 'console', { value: console, writable: true, enumerable: false, configurable: true });
