const polka = require('polka');

module.exports = polka()
  .use((req, res, next) => { res.setHeader('x-polka', '1'); next(); })
  .get('/', (req, res) => res.end('polka'))
  .get('/users/:id', (req, res) => res.end(`user ${req.params.id} ${JSON.stringify(req.query)}`));
