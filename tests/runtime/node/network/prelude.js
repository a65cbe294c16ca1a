import net from 'net'; import tls from 'tls'; import http from 'http'; import https from 'https'; import dns from 'dns';
import assert from 'assert'; import { once } from 'events';
const { port, tlsPort, ca, dnsPort } = SETTINGS;
const base = `http://127.0.0.1:${port}`, secure = `https://localhost:${tlsPort}`;
const failure = (emitter) => new Promise((resolve) => emitter.on('error', ({ message, code, errno, syscall, address, port, hostname, host, reason }) =>
  resolve({ message, code, errno, syscall, address, port, hostname, host, reason })));
const collect = async (stream) => { let all = ''; for await (const chunk of stream) all += chunk; return all; };
const ask = (url, options, body) => new Promise((resolve, reject) => {
  const req = (`${url}`.startsWith('https') ? https : http).request(url, { ca, ...options }, async (res) => {
    try { resolve({ res, status: res.statusCode, text: await collect(res), req }); } catch (error) { reject(error); }
  });
  req.on('error', reject);
  req.end(body);
});
const thrown = (run) => { try { run(); } catch (error) { return `${error.code}`; } return 'nothing'; };
const rejected = async (promise) => { try { await promise; } catch (error) { return `${error.code}`; } return 'nothing'; };
export default { async fetch(request, env, ctx) { BODY } };
