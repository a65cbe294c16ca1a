// zod: schemas made at the top level, checked in the request.

import { z } from 'zod';

const User = z.object({
  name: z.string().trim().min(1),
  email: z.email(),
  born: z.iso.date().transform((text) => new Date(`${text}T00:00:00Z`).getUTCFullYear()),
  role: z.enum(['admin', 'guest']).default('guest'),
  tags: z.array(z.string()).max(3).optional(),
  contact: z.discriminatedUnion('kind', [z.object({ kind: z.literal('phone'), number: z.string().regex(/^\+\d+$/) }), z.object({ kind: z.literal('none') })]),
}).strict().refine((user) => user.name !== 'root', { message: 'not this name', path: ['name'] });

type User = z.infer<typeof User>;

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === 'GET') return Response.json(z.toJSONSchema(z.object({ name: z.string(), age: z.int().optional() })));
    const parsed = User.safeParse(await request.json());
    if (!parsed.success) return Response.json({ issues: parsed.error.issues, pretty: z.prettifyError(parsed.error) }, { status: 422 });
    const user: User = parsed.data;
    return Response.json(user);
  },
};
