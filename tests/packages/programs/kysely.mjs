import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely';

const db = new Kysely({
  dialect: {
    createAdapter: () => new PostgresAdapter(), createDriver: () => new DummyDriver(), createIntrospector: (db) => new PostgresIntrospector(db), createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

export const run = async () => [
  db.selectFrom('p').innerJoin('q', 'q.id', 'p.qid').select(['p.id', sql`now()`.as('t')]).where('p.a', '>', 3).compile(), await db.selectFrom('x').selectAll().execute(),
];
