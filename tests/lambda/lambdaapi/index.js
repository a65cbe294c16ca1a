const api = require('lambda-api')();

api.get('/user/:id', async (req, res) => {
  res.cookie('a', 'b');
  return { id: req.params.id, q: req.query };
});
api.post('/echo', async (req) => req.body);

exports.handler = async (event, context) => api.run(event, context);
