// The function under test, called by its contract in the isolate of the test: spies and fake timers hold in it.

const { invoke } = require('edge:contracts');

function requestOf(input, init) {
  if (input instanceof Request) return init === undefined ? input : new Request(input, init);
  return new Request(new URL(String(input), 'http://localhost/'), init);
}

/** `target` is set when a file begins. */
export function createApp() {
  const app = { target: null };
  const run = async (request, scheduled) => {
    const { target } = app;
    if (target === null) throw new Error('the package has no entry, so there is no function to call; name one in "main" of package.json, or add an index file');
    await target.load();
    return await invoke(target, request, scheduled);
  };
  /** Send a request, as `fetch` does; a path is enough.  Rejects with what the function throws. */
  app.fetch = async (input, init) => await run(requestOf(input, init));
  /** Run it as its schedule would. */
  app.scheduled = async ({ cron = '', scheduledTime = Date.now() } = {}) => {
    const headers = { 'x-scheduled-execution': 'true', 'x-scheduled-time': `${scheduledTime}`, 'x-scheduled-cron': cron };
    return await run(new Request('http://localhost/scheduled', { method: 'POST', headers }), { cron, time: Number(scheduledTime) });
  };
  return app;
}
