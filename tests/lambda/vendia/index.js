const serverlessExpress = require('@vendia/serverless-express');
const express = require('express');

const app = express();
app.use(express.json());
app.get('/hi/:name', (req, res) => res.cookie('a', '1').json({ name: req.params.name, q: req.query }));
app.post('/echo', (req, res) => res.status(201).json(req.body));

exports.handler = serverlessExpress({ app });
