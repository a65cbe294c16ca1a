const qs = require('qs');

exports.run = () => [
  qs.parse('a[b][c]=1&d[]=1&d[]=2&e.f=3', { allowDots: true }), qs.stringify({ a: { b: [1, 2], c: new Date(0) }, n: null }, { arrayFormat: 'brackets' }),
  qs.parse('%E4=%f6', { charset: 'iso-8859-1' }), qs.parse('a[0]=x&a[1]=y'),
];
