// An app of Express, whichever version `express` is; `addOwn(app)` adds what is written differently in each.
const path = require('node:path');

module.exports = (express, addOwn) => {
  const app = express();
  app.set('views', path.join(__dirname, 'views'));
  app.set('view engine', 'ejs');
  app.set('trust proxy', true);
  app.locals.site = 'a site';
  app.use((req, res, next) => { res.set('X-First', '1'); next(); });
  app.use(express.static(path.join(__dirname, 'public')));
  app.use(express.json({ limit: '1kb' }), express.urlencoded({ extended: true }));
  app.get('/', (req, res) => res.render('index', { name: 'Ann <b>' }));
  app.get('/missing-view', (req, res) => res.render('nope'));
  app.get('/json', (req, res) => res.json({ query: req.query, ip: typeof req.ip, host: req.hostname, protocol: req.protocol, path: req.path, url: req.originalUrl, base: req.baseUrl, xhr: req.xhr, fresh: req.fresh }));
  app.get('/user/:id', (req, res) => res.send(`user ${req.params.id}`));
  app.post('/echo', (req, res) => res.json({ body: req.body, type: req.is('json'), length: req.get('content-length') }));
  app.post('/stream', (req, res) => req.pipe(res));
  app.get('/send/:what', (req, res) => res.send({ text: 'text', number: 5, none: null, list: [1], bytes: Buffer.from('b') }[req.params.what]));
  app.get('/file', (req, res) => res.sendFile(path.join(__dirname, 'public/hello.txt')));
  app.get('/download', (req, res) => res.download(path.join(__dirname, 'public/hello.txt'), 'greeting.txt'));
  app.get('/chunks', async (req, res) => { for (const part of ['a', 'b', 'c']) { res.write(part); await new Promise(setImmediate); } res.end(); });
  app.get('/redirect', (req, res) => res.redirect(301, '/json?x=1'));
  app.get('/cookie', (req, res) => res.cookie('a', 'b', { httpOnly: true }).clearCookie('c').sendStatus(202));
  app.get('/throws', () => { throw new Error('thrown'); });
  addOwn(app);
  app.get('/unhandled', (req, res, next) => next(Object.assign(new Error('not handled'), { pass: true })));
  app.get('/instance', (req, res) => {
    const http = require('node:http');
    res.json([req instanceof http.IncomingMessage, res instanceof http.ServerResponse, req.app === app, res.app === app, typeof req.socket.on, res.headersSent, res.writableEnded]);
  });
  app.get('/events', (req, res) => { const seen = []; res.on('finish', () => seen.push('finish')); res.json(seen); });
  const sub = express.Router({ mergeParams: true });
  sub.route('/').get((req, res) => res.json([req.baseUrl, req.url, req.params])).put((req, res) => res.send('put'));
  app.use('/sub/:name', sub);
  const mounted = express();
  mounted.get('/', (req, res) => res.json([mounted.mountpath, req.baseUrl, req.app === mounted]));
  app.use('/mounted', mounted);
  app.use((error, req, res, next) => (error.pass ? next(error) : res.status(error.status ?? 500).json({ error: error.message.split('\n')[0].slice(0, 40), type: error.type })));

  app.listen(3000, () => console.log('listening'));
  return app;
};
