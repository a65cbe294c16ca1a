// Generates readers of records: needs eval, and does without when there is none.
import { Packr, pack, unpack } from 'msgpackr';

export function run() {
  const value = { a: [1, -5, 1.5, 'hé', null, true], d: new Date(0), m: new Map([[1, 'x']]), big: 123456789012n };
  const list = Array.from({ length: 3 }, (_, id) => ({ id, name: `n${id}` }));
  return [pack(value).toString('hex'), unpack(pack(value)), unpack(new Packr({ structuredClone: true }).pack(list))];
}
