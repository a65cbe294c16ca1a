module.exports = require('./app.js')(require('express'), (app) => {
  app.get('/files/*rest', (req, res) => res.json(req.params.rest));
  app.get('/rejects', async () => { throw Object.assign(new Error('rejected'), { status: 418 }); });
});
