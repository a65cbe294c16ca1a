// Templates are compiled to functions: needs eval.
const _ = require('lodash');
const chunk = require('lodash/chunk');

exports.run = async () => {
  let calls = 0;
  const debounced = _.debounce(() => { calls += 1; }, 5);
  debounced();
  debounced();
  await new Promise((resolve) => { setTimeout(resolve, 30); });
  return [
    _.chunk([1, 2, 3], 2), chunk([1, 2, 3, 4], 3), _.merge({ a: [{ b: 2 }] }, { a: [{ c: 3 }] }), _.groupBy([6.1, 4.2, 6.3], Math.floor), calls,
    _.template('hi <%= user %> <% _.each(list, function(item) { %><b><%- item %></b><% }) %>')({ user: 'Ada', list: ['<', '&'] }),
    _.cloneDeep({ date: new Date(0), map: new Map([[1, { a: 1 }]]), pattern: /x/gi, bytes: Buffer.from('q') }), _.words('fred, barney & pebbles'), _.deburr('déjà vu'),
  ];
};
