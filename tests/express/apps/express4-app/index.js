module.exports = require('./app.js')(require('express4'), (app) => {
  app.get('/files/*', (req, res) => res.json(req.params[0]));
  app.get('/rejects', (req, res, next) => next(Object.assign(new Error('rejected'), { status: 418 })));
});
