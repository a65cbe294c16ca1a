// Compiles templates to functions: needs eval.
import { Eta } from 'eta';

const eta = new Eta();
eta.loadTemplate('@item', 'P<%= it.x %>');

export const run = async () => [
  eta.renderString('<% it.xs.forEach((x) => { %><li><%= x %></li><% }) %><%~ include("@item", { x: 1 }) %>', { xs: ['<', 2] }),
  await eta.renderStringAsync('<%= await it.later %>', { later: Promise.resolve(1) }),
];
