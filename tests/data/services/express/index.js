module.exports = async (req, res) => {
  if (req.baseUrl === '' && req.path === '/some/path') res.json({ contract: 'express', path: req.path, x: req.query.x, body: req.rawBody.toString() });
  else res.send(await (await req.env.API.fetch('https://api.internal/from')).text());
};
