import { array, create, defaulted, number, object, optional, size, string, validate } from 'superstruct';

const Article = object({ id: number(), title: size(string(), 2, 5), tags: array(string()), by: optional(object({ id: number() })), kind: defaulted(string(), 'news') });

export function run() {
  const [error] = validate({ id: 'x', title: 'a', tags: [1] }, Article);
  return [create({ id: 1, title: 'abc', tags: [] }, Article), error.message, error.failures().map(({ path, type, message }) => [path, type, message])];
}
