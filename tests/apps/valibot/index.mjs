// valibot: a schema of small parts.

import * as v from 'valibot';

const Order = v.pipeAsync(
  v.objectAsync({
    id: v.pipe(v.string(), v.uuid()),
    items: v.pipe(v.array(v.object({ price: v.pipe(v.number(), v.minValue(0)), count: v.optional(v.number(), 1) })), v.minLength(1)),
    coupon: v.optionalAsync(v.pipeAsync(v.string(), v.checkAsync(async (code) => (await Promise.resolve(code)) === 'SAVE', 'unknown coupon'))),
  }),
  v.transformAsync(async (order) => ({ ...order, total: order.items.reduce((sum, item) => sum + item.price * item.count, 0) })),
);

export default {
  async fetch(request) {
    const result = await v.safeParseAsync(Order, await request.json());
    if (result.success) return Response.json(result.output);
    return Response.json(v.flatten(result.issues), { status: 422 });
  },
};
