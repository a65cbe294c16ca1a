// The Express contract: `module.exports = (req, res) => ...`, or a Router.

export { Router } from './express/router.js';
export { run } from './express/run.js';
