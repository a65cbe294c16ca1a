// What drivers do in a function: each answer is what its server said.

const fs = require('fs');

const { pg: pgPort, redis: redisPort, smtp, origin } = JSON.parse(process.env.PORTS);
const ca = fs.readFileSync(`${__dirname}/ca.pem`, 'utf8');
const database = { host: '127.0.0.1', port: pgPort, user: 'edge', password: 'secret', database: 'postgres' };

const cases = {
  async pg() {
    const { Client } = require('pg');
    const client = new Client(database);
    await client.connect();
    const { rows } = await client.query('select $1::int + 1 as number, $2::text as text', [41, 'héllo']);
    const { rows: many } = await client.query("select repeat('x', 1000) as r from generate_series(1, 2000)");
    await client.query('listen news');
    const heard = new Promise((resolve) => client.on('notification', ({ payload }) => resolve(payload)));
    await client.query("notify news, 'hi'");
    const news = await heard;
    await client.end();
    return [rows, many.length, news];
  },
  async pgTls() {
    const { Pool } = require('pg');
    const pool = new Pool({ ...database, host: 'localhost', ssl: { ca }, max: 3 });
    const all = await Promise.all(Array.from({ length: 9 }, (_, i) => pool.query('select $1::int as i', [i])));
    const { rows } = await pool.query('select ssl, version from pg_stat_ssl where pid = pg_backend_pid()');
    await pool.end();
    return [all.map(({ rows: [{ i }] }) => i), rows];
  },
  async pgWrong() {
    const { Client } = require('pg');
    try {
      await new Client({ ...database, password: 'wrong' }).connect();
    } catch ({ code }) {
      return code;
    }
    return 'connected';
  },
  async redis() {
    const Redis = require('ioredis');
    const client = new Redis(redisPort, '127.0.0.1');
    const subscriber = client.duplicate();
    await client.set('key', 'värld');
    const piped = await client.pipeline().incr('n').incr('n').get('key').exec();
    await client.del('n');
    await subscriber.subscribe('channel');
    const heard = new Promise((resolve) => subscriber.on('message', (channel, message) => resolve(message)));
    await client.publish('channel', 'hey');
    const message = await heard;
    subscriber.disconnect();
    await client.quit();
    return [piped.map(([, value]) => value), message];
  },
  async mail() {
    const transport = require('nodemailer').createTransport({ host: '127.0.0.1', port: smtp, tls: { ca, servername: 'localhost' } });
    const { accepted, response } = await transport.sendMail({ from: 'a@example.org', to: 'b@example.org', subject: 'Hi', text: 'Body' });
    return [accepted, response];
  },
  // Not in node_modules: what is there for functions that bring none.
  async nodeFetch() {
    const fetch = require('node-fetch');
    const response = await fetch(`http://127.0.0.1:${origin}/chunked`);
    let text = '';
    for await (const chunk of response.body) text += chunk;
    const failed = await fetch('http://127.0.0.1:1/').catch(({ name, type }) => [name, type]);
    return [response.status, text, response.headers.raw()['transfer-encoding'], failed, require('mime-types').lookup('a.svg')];
  },
  async axios() {
    const axios = require('axios');
    const options = { adapter: 'http', proxy: false };
    const { data } = await axios.post(`http://127.0.0.1:${origin}/p`, { a: 1 }, options);
    const { data: moved } = await axios.get(`http://127.0.0.1:${origin}/moved`, options);
    const late = await axios.get(`http://127.0.0.1:${origin}/slow`, { ...options, timeout: 50 }).catch(({ code }) => code);
    return [data.body, moved.target, late];
  },
};

module.exports = async (req, res) => {
  if (req.path === '/hold') {
    const { Client } = require('pg');
    const clients = Array.from({ length: 3 }, () => new Client(database));
    for (const client of clients) {
      client.on('error', () => {});
      await client.connect();
    }
    if (req.query.how === 'spin') for (;;);
    if (req.query.how === 'sleep') await new Promise((resolve) => setTimeout(resolve, 60000));
    return res.json('held');
  }
  return res.json(await cases[req.path.slice(1)]());
};
