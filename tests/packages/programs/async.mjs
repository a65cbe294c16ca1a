import async from 'async';

export async function run() {
  const queue = async.queue(async (n) => n * 2, 2);
  const results = await Promise.all([1, 2, 3].map((n) => queue.pushAsync(n)));
  return [
    results, await async.mapLimit([1, 2, 3], 2, async (n) => n + 1), await async.waterfall([async () => 1, async (n) => n + 4]),
    await async.auto({ a: async () => 1, b: ['a', async (found) => found.a + 1] }), await async.retry({ times: 3, interval: 1 }, async () => 'done'),
  ];
}
