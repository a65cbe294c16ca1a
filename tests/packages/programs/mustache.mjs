import Mustache from 'mustache';

export const run = () => Mustache.render('{{#a}}{{n}}-{{{h}}}{{^z}}!{{/z}}{{/a}} {{> p}}', { a: [{ n: 1, h: '<b>' }, { n: '<' }], q: 2 }, { p: 'P{{q}}' });
