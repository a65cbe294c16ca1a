const bodyParser = require('body-parser');
const compression = require('compression');
const timeout = require('connect-timeout');
const cookieParser = require('cookie-parser');
const cors = require('cors');
const { rateLimit } = require('express-rate-limit');
const session = require('express-session');
const { body, query, validationResult } = require('express-validator');
const helmet = require('helmet');
const methodOverride = require('method-override');
const morgan = require('morgan');
const multer = require('multer');
const onFinished = require('on-finished');
const responseTime = require('response-time');
const serveStatic = require('serve-static');

const router = Router();
const lines = [];

router.use(morgan(':method :url :status :res[content-length]', { stream: { write: (line) => lines.push(line.trim()) } }));
router.use(responseTime((req, res, time) => res.setHeader('X-Timed', typeof time)));
router.use(helmet());
router.use(cors({ origin: 'https://app.example', credentials: true, exposedHeaders: ['X-Timed'] }));
router.use('/compressed', compression({ threshold: 0 }));
router.get('/compressed', (req, res) => res.type('txt').send('compress me '.repeat(200)));
router.get('/compressed/stream', (req, res) => { res.type('txt'); res.write('part one '); res.flush(); res.end('part two'); });

router.use('/signed', cookieParser('a secret'));
router.get('/signed/set', (req, res) => res.cookie('user', 'ann', { signed: true }).cookie('data', { a: 1 }, { signed: true }).end('set'));
router.get('/signed/get', (req, res) => res.json({ cookies: req.cookies, signed: req.signedCookies }));

router.post('/json', bodyParser.json({ limit: 200, strict: true }), (req, res) => res.json({ got: req.body }));
router.post('/raw', bodyParser.raw({ type: '*/*' }), (req, res) => res.json({ bytes: req.body.length, buffer: Buffer.isBuffer(req.body) }));
router.post('/text', bodyParser.text({ type: '*/*' }), (req, res) => res.json({ text: req.body }));
router.post('/form', bodyParser.urlencoded({ extended: true }), (req, res) => res.json(req.body));
router.post('/upload', multer({ storage: multer.memoryStorage(), limits: { fileSize: 1000 } }).array('files', 3), (req, res) => {
  res.json({ body: { ...req.body }, files: req.files.map((file) => [file.fieldname, file.originalname, file.mimetype, file.size, file.buffer.toString()]) });
});

router.use('/session', session({ secret: 's', resave: false, saveUninitialized: true, genid: () => 'fixed-id' }));
router.get('/session', (req, res) => { req.session.views = (req.session.views ?? 0) + 1; res.json({ id: req.sessionID, views: req.session.views }); });

router.use('/static', serveStatic(`${__dirname}/public`, { maxAge: '1h', index: ['index.html'] }));
router.use('/limited', rateLimit({ windowMs: 60000, limit: 2, standardHeaders: 'draft-6', legacyHeaders: false, validate: false }), (req, res) => res.send('within'));
router.post('/validate', bodyParser.json(), body('email').isEmail(), query('n').optional().isInt(), (req, res) => {
  const errors = validationResult(req);
  res.status(errors.isEmpty() ? 200 : 400).json(errors.array());
});
router.use('/override', methodOverride('X-HTTP-Method-Override'), (req, res) => res.send(req.method));
router.get('/timeout', timeout('20ms'), (req, res, next) => { setTimeout(() => { if (!req.timedout) next(); }, 60); }, (req, res) => res.send('late'));
router.get('/finished', (req, res) => { onFinished(res, () => lines.push('finished')); res.json([onFinished.isFinished(res), onFinished.isFinished(req)]); });
router.get('/lines', (req, res) => res.json(lines.length));
router.use((error, req, res, next) => res.status(error.status ?? 500).json({ error: error.message, code: error.code, type: error.type }));

module.exports = router;
