// What a call costs in isolated-vm: run with Node in a folder where `npm install isolated-vm --ignore-scripts` was run.
const ivm = require('isolated-vm');
const COUNT = Number(process.argv[2] ?? 5000);
const ROUNDS = 7;
const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];
async function measure(work) {
  const found = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = process.hrtime.bigint();
    await work();
    found.push(Number(process.hrtime.bigint() - began) / 1000 / COUNT);
  }
  return median(found);
}
(async () => {
  const isolate = new ivm.Isolate({ memoryLimit: 64 });
  const context = await isolate.createContext();
  // As vm-machine does it: a reference to an async function of the host, called with copies, awaited in the VM.
  await context.global.set('hostAsync', new ivm.Reference(async (x) => x));
  await context.global.set('hostNow', new ivm.Callback((x) => x));
  await context.eval(`
    globalThis.later = (x) => hostAsync.apply(undefined, [x], { arguments: { copy: true }, result: { promise: true, copy: true } });
    globalThis.loop = async (n) => { let sum = 0; for (let i = 0; i < n; i++) sum += await later(1); return sum };
    globalThis.loopNow = async (n) => { let sum = 0; for (let i = 0; i < n; i++) sum += hostNow(1); return sum };
    globalThis.nothing = async () => 1;
  `);
  const loop = await context.global.get('loop', { reference: true });
  const loopNow = await context.global.get('loopNow', { reference: true });
  const nothing = await context.global.get('nothing', { reference: true });
  const options = { arguments: { copy: true }, result: { promise: true, copy: true } };
  console.log(JSON.stringify({
    'VM, host, VM': await measure(() => loop.apply(undefined, [COUNT], options)),
    'VM, host, VM, synchronous': await measure(() => loopNow.apply(undefined, [COUNT], options)),
    'host, VM, host': await measure(async () => { for (let i = 0; i < COUNT; i++) await nothing.apply(undefined, [], options); }),
  }));
})();
