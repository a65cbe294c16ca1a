// tRPC behind its fetch adapter.

import { TRPCError, initTRPC } from '@trpc/server';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { z } from 'zod';

interface Context { user: string | null }

const t = initTRPC.context<Context>().create();
const guarded = t.procedure.use(({ ctx, next }) => {
  if (ctx.user === null) throw new TRPCError({ code: 'UNAUTHORIZED' });
  return next({ ctx: { user: ctx.user } });
});

const router = t.router({
  hello: t.procedure.input(z.object({ name: z.string() })).query(({ input }) => `Hello ${input.name}`),
  add: t.procedure.input(z.tuple([z.number(), z.number()])).mutation(({ input: [a, b] }) => a + b),
  me: guarded.query(({ ctx }) => ctx.user),
  count: t.procedure.input(z.number()).subscription(async function* ({ input }) {
    for (let n = 0; n < input; n++) yield n;
  }),
});

export default {
  fetch: (req: Request): Promise<Response> =>
    fetchRequestHandler({ endpoint: '/trpc', req, router, createContext: () => ({ user: req.headers.get('x-user') }) }),
};
