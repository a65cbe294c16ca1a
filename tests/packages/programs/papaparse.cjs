const Papa = require('papaparse');

exports.run = () => [Papa.parse('a,b\n1,2\n"x', { header: true, dynamicTyping: true }), Papa.unparse([{ a: 'q"', b: null }, { a: 'x,y', b: 2 }])];
