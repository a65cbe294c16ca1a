import { buildSchema, graphql, introspectionFromSchema, parse, print, printSchema, validate } from 'graphql';

const schema = buildSchema('type Query { hi(n: String = "x"): String! list: [U!] boom: Int } type U { id: ID! }');
const rootValue = { hi: ({ n }) => `hi ${n}`, list: () => [{ id: 1 }], boom() { throw new Error('no'); } };

export const run = async () => [
  await graphql({ schema, source: '{ a: hi(n: "b") list { id } boom }', rootValue }), validate(schema, parse('{ nope }')).map(({ message }) => message),
  print(parse('query Q($a:Int){x(a:$a){...F}} fragment F on X {y}')), introspectionFromSchema(schema).__schema.types.length, printSchema(schema),
];
