import * as R from 'ramda';

export const run = () => [
  R.pipe(R.filter((n) => n % 2), R.map(R.multiply(3)), R.sum)([1, 2, 3]), R.path(['a', 'b'], { a: { b: 2 } }), R.evolve({ n: R.inc }, { n: 1 }),
  R.over(R.lensProp('x'), R.negate, { x: 4 }), R.toString({ a: [1, new Date(0)] }), R.curry((a, b, c) => a + b + c)(1)(2)(3),
];
