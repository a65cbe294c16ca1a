import { parse as stream } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { Readable } from 'node:stream';

export async function run() {
  const rows = [];
  for await (const row of Readable.from(['a,b\n1,"x, ', 'y"\n2,z\n']).pipe(stream({ columns: true }))) rows.push(row);
  let failure;
  try {
    parse('a,b\n1');
  } catch (error) {
    failure = [error.code, error.message];
  }
  return [parse('a;b\n1;"q""r"\n', { columns: true, delimiter: ';', cast: true }), rows, failure];
}
