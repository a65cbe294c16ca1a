import { NIL, parse, stringify, v1, v3, v4, v5, v7, validate, version } from 'uuid';

export const run = () => [
  v5('hello.example.com', v5.DNS), v3('hello', v3.URL), validate(v4()), version(v7()), version(v1()), stringify(parse(NIL)),
  v4({ random: new Uint8Array(16).fill(7) }), v4() !== v4(), v7() < v7(),
];
