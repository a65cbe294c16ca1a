const connect = require('connect');

const app = connect();
app.use('/a', (req, res) => res.end(JSON.stringify([req.url, req.originalUrl])));
app.use('/error', (req, res, next) => next(Object.assign(new Error('bad'), { status: 422 })));
app.use('/crash', () => { throw new Error('crash'); });
app.use((req, res, next) => (req.url === '/' ? res.end('connect') : next()));
module.exports = app;
