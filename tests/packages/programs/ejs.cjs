// Compiles templates to functions: needs eval.
const ejs = require('ejs');

exports.run = async () => {
  let failure;
  try {
    ejs.render('a\n<%= nope.x %>', {});
  } catch (error) {
    failure = error.message;
  }
  return [ejs.render('<% for (const x of xs) { -%>\n<li><%= x %></li>\n<% } -%> <%- raw %>', { xs: ['<', 'b'], raw: '<b>' }), await ejs.render('<%= await later %>', { later: Promise.resolve(3) }, { async: true }), failure];
};
