import { neon, neonConfig } from '@neondatabase/serverless';

export async function run({ ORIGIN }) {
  neonConfig.fetchEndpoint = `${ORIGIN}/neon`;
  const sql = neon('postgresql://user:password@host.example/db');
  return [await sql`select ${1}, ${'x'}`, await sql.transaction([sql`select 1`, sql`select ${2}`])];
}
