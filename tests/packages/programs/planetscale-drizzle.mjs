import { Client } from '@planetscale/database';
import { eq, sql } from 'drizzle-orm';
import { int, mysqlTable, varchar } from 'drizzle-orm/mysql-core';
import { drizzle } from 'drizzle-orm/planetscale-serverless';

const users = mysqlTable('users', { id: int('id').primaryKey(), name: varchar('name', { length: 20 }) });

export async function run({ ORIGIN }) {
  const client = new Client({ url: `mysql://u:p@${new URL(ORIGIN).host}`, fetch: (url, init) => fetch(String(url).replace('https:', 'http:'), init) });
  const found = await client.execute('select * from users where name = ?', ["x'y"]);
  const db = drizzle(client);
  return [found.rows, found.statement, await db.select().from(users).where(eq(users.id, 7)), db.select({ n: sql`count(*)` }).from(users).groupBy(users.name).toSQL()];
}
