// The Express contract: `module.exports = (req, res) => ...`, or a Router.

export { run } from './express/run.js';
