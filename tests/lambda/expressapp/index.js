const express = require('express');
const serverless = require('serverless-http');

const app = express();
app.use(express.json());
app.get('/hi/:name', (req, res) => {
  res.cookie('a', '1').cookie('b', '2').json({ name: req.params.name, q: req.query, ip: req.ip });
});
app.post('/echo', (req, res) => res.status(201).json(req.body));
app.get('/bytes', (req, res) => res.type('png').send(Buffer.from([1, 2, 255])));

exports.handler = serverless(app, { binary: ['image/png'] });
