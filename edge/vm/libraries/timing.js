// One wait of the host for whichever timer is due first; a wait for an earlier one takes its place.
const timers = new Map(), now = Date.now, longest = 2 ** 31 - 1;
let last = 0, waitsFor = Infinity, round = 0;
const first = () => {
  let found;
  for (const timer of timers.values()) if (found === undefined || timer.due < found.due) found = timer;
  return found;
};
// Those that are due now, one after the other with what each leaves to be done; then the host has its turn.
const fire = (until) => {
  const timer = first();
  if (timer === undefined || timer.due > until) return wait();
  if (timer.every === undefined) timers.delete(timer.id);
  else timer.due = now() + timer.every;
  try {
    timer.callback(...timer.args);
  } catch (error) {
    vm.report(error);
  }
  Promise.resolve().then(() => fire(until));
};
const wait = () => {
  const timer = first();
  if (timer === undefined || timer.due >= waitsFor) return;
  const mine = round += 1;
  waitsFor = timer.due;
  host.wait(Math.max(timer.due - now(), 0)).then(() => {
    if (mine !== round) return;
    waitsFor = Infinity;
    fire(now());
  });
};
const add = (callback, delay, args, repeats) => {
  if (typeof callback !== 'function') throw new TypeError('the callback of a timer must be a function');
  if (timers.size >= LIMIT) throw new RangeError(`too many timers at once (at most ${LIMIT})`);
  const asked = Number(delay);
  const span = asked >= 1 && asked <= longest ? Math.floor(asked) : 1;
  last += 1;
  timers.set(last, { id: last, callback, args, due: now() + span, every: repeats ? span : undefined });
  wait();
  return last;
};
const clear = (id) => { timers.delete(Number(id)); };
const define = (name, value) => Object.defineProperty(global, name, { value, writable: true, enumerable: true, configurable: true });
define('setTimeout', function setTimeout(callback, delay, ...args) { return add(callback, delay, args, false); });
define('setInterval', function setInterval(callback, delay, ...args) { return add(callback, delay, args, true); });
define('clearTimeout', function clearTimeout(id) { clear(id); });
define('clearInterval', function clearInterval(id) { clear(id); });
