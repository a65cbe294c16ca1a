// Compiles templates to functions: needs eval.
const doT = require('dot');

exports.run = () => doT.template('{{~it.a :v:i}}<b>{{=v}}{{!v}}</b>{{~}}{{? it.n }}y{{??}}n{{?}}')({ a: ['<', 2], n: 0 });
