// Compiles templates to functions: needs eval.
const pug = require('pug');

const template = pug.compile('mixin m(v)\n  p.a #{v}\nul\n  each x, i in xs\n    li(class={a: x > 1} data-i=i)= x\n+m("q<")\nif ok\n  b yes', { pretty: true });

exports.run = () => [template({ xs: [1, 2], ok: true }), pug.render('a(href=u) !{h}', { u: '/?a&b', h: '<i>' })];
