// Compiles templates to functions: needs eval.
const nunjucks = require('nunjucks');

const env = new nunjucks.Environment(null, { autoescape: true });
env.addFilter('shout', (text) => `${text}!`);
env.addFilter('later', (text, done) => setTimeout(() => done(null, `${text}...`), 1), true);

exports.run = async () => [
  env.renderString('{% macro f(a) %}[{{ a }}]{% endmacro %}{% for x in xs %}{{ loop.index }}{{ x | upper | shout }} {% endfor %}{{ f("<") }}{{ {a: 1} | dump }}', { xs: ['a', '<b>'] }),
  await new Promise((resolve, reject) => { env.renderString('{{ "x" | later }}', {}, (error, text) => (error ? reject(error) : resolve(text))); }),
];
