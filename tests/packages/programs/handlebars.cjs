// Compiles templates to functions: needs eval.
const Handlebars = require('handlebars');

Handlebars.registerHelper('up', (text) => new Handlebars.SafeString(text.toUpperCase()));
Handlebars.registerPartial('item', '<i>{{name}}</i>');
const template = Handlebars.compile('{{#each people}}{{@index}} {{up name}} {{> item}} {{#if ok}}y{{else}}n{{/if}} {{{raw}}} {{raw}}\n{{/each}}{{#with x as |y|}}{{y.z}}{{/with}}');

exports.run = () => template({ people: [{ name: 'a', ok: 1, raw: '<b>' }, { name: 'b' }], x: { z: 3 } });
