const http = require('node:http');
const { EventEmitter } = require('events');
const { Readable, Writable, Stream } = require('stream');
const { inherits } = require('util');

/** A socket made by hand, as adapters make it; `text` is what the response wrote. */
function fakeSocket() {
  const socket = new Writable({ write(chunk, _, done) { socket.text += chunk.toString('latin1'); done(); } });
  socket.text = '';
  return socket;
}

function respond(request, act) {
  const socket = fakeSocket();
  const res = new http.ServerResponse(request);
  res.sendDate = false;
  res.assignSocket(socket);
  return new Promise((resolve) => {
    res.on('finish', () => resolve(socket.text));
    act(res);
  });
}

const get = { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1, headers: {} };

test('the classes inherit as in Node, and are callable without new', () => {
  assert_true(Object.getPrototypeOf(http.ServerResponse.prototype) === http.OutgoingMessage.prototype);
  assert_true(Object.getPrototypeOf(http.IncomingMessage.prototype) === Readable.prototype);
  assert_true(new http.OutgoingMessage() instanceof Stream);
  function Old(req) { http.ServerResponse.call(this, req); }
  inherits(Old, http.ServerResponse);
  const old = new Old({ method: 'GET' });
  assert_true(old instanceof http.ServerResponse);
  old.setHeader('A', 'b');
  assert_equals(old.getHeader('a'), 'b');
  assert_equals(http.ServerResponse.name, 'ServerResponse');
  assert_equals(http.IncomingMessage.name, 'IncomingMessage');
});

test('a response on a socket made by hand is a valid message', async () => {
  const text = await respond(get, (res) => {
    res.writeHead(201, { 'X-A': 'b', 'Set-Cookie': ['a=1', 'b=2'] });
    res.end('hello');
  });
  assert_equals(text, 'HTTP/1.1 201 Created\r\nX-A: b\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello'.replace('Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n').replace('\r\n\r\nhello', '\r\n\r\n5\r\nhello\r\n0\r\n\r\n'));
});

test('a body that is known when the head is made has a length', async () => {
  const text = await respond(get, (res) => {
    res.setHeader('Content-Type', 'text/plain');
    res.end('héllo');
  });
  assert_equals(text, 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: keep-alive\r\nContent-Length: 6\r\n\r\nh\xc3\xa9llo');
});

test('pieces are chunks, with trailers behind them', async () => {
  const text = await respond(get, (res) => {
    res.setHeader('Trailer', 'X-Sum');
    res.write('ab');
    res.write(Buffer.from('c'));
    res.addTrailers({ 'X-Sum': '3' });
    res.end();
  });
  assert_equals(text, 'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nX-Sum: 3\r\n\r\n');
});

test('what has no body gets none', async () => {
  assert_equals(await respond({ ...get, method: 'HEAD' }, (res) => res.end('abc')), 'HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n');
  assert_equals(await respond(get, (res) => { res.writeHead(204); res.end('abc'); }), 'HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n');
  assert_equals(await respond(get, (res) => { res.statusCode = 304; res.end(); }), 'HTTP/1.1 304 Not Modified\r\nConnection: keep-alive\r\n\r\n');
});

test('HTTP/1.0 gets no chunks', async () => {
  const text = await respond({ ...get, httpVersionMinor: 0 }, (res) => { res.write('a'); res.end('b'); });
  assert_equals(text, 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nab');
});

test('a removed header is not put back', async () => {
  const text = await respond(get, (res) => {
    for (const name of ['connection', 'transfer-encoding', 'content-length', 'date']) res.removeHeader(name);
    res.end('x');
  });
  assert_equals(text, 'HTTP/1.1 200 OK\r\n\r\nx');
});

test('what was written before there was a socket is sent when there is one', async () => {
  const res = new http.ServerResponse(get);
  res.sendDate = false;
  res.write('a');
  res.end('b');
  const socket = fakeSocket();
  const finished = new Promise((resolve) => { res.on('finish', resolve); });
  res.assignSocket(socket);
  await finished;
  assert_equals(socket.text.split('\r\n\r\n').slice(1).join('\r\n\r\n'), '1\r\na\r\n1\r\nb\r\n0\r\n\r\n');
  assert_throws('ERR_HTTP_SOCKET_ASSIGNED', () => new http.ServerResponse(get).assignSocket(socket));
});

test('headers by all their methods', () => {
  const res = new http.ServerResponse(get);
  res.setHeader('X-One', 1);
  res.appendHeader('x-one', 'two');
  res.appendHeader('New', 'n');
  res.setHeaders(new Map([['M', 'v']]));
  res.setHeaders(new Headers([['set-cookie', 'a=1'], ['set-cookie', 'b=2']]));
  assert_deep_equals({ ...res.getHeaders() }, { 'x-one': [1, 'two'], new: 'n', m: 'v', 'set-cookie': ['a=1', 'b=2'] });
  assert_deep_equals(res.getHeaderNames(), ['x-one', 'new', 'm', 'set-cookie']);
  assert_deep_equals(res.getRawHeaderNames(), ['X-One', 'New', 'M', 'set-cookie']);
  assert_true(res.hasHeader('X-ONE') && !res.hasHeader('constructor') && !res.hasHeader('__proto__'));
  res.removeHeader('x-one');
  assert_equals(res.getHeader('X-One'), undefined);
});

test('headers that would break the message are refused', () => {
  const res = new http.ServerResponse(get);
  assert_throws('ERR_INVALID_HTTP_TOKEN', () => res.setHeader('a b', 'c'));
  assert_throws('ERR_INVALID_HTTP_TOKEN', () => res.setHeader('', 'c'));
  assert_throws('ERR_INVALID_CHAR', () => res.setHeader('a', 'b\r\nc: d'));
  assert_throws('ERR_INVALID_CHAR', () => res.setHeader('a', ['ok', 'b\nc']));
  assert_throws('ERR_INVALID_CHAR', () => res.setHeader('a', '\u0100'));
  assert_throws('ERR_HTTP_INVALID_HEADER_VALUE', () => res.setHeader('a'));
  assert_throws('ERR_INVALID_CHAR', () => res.writeHead(200, 'a\r\nb: c'));
  assert_throws('ERR_INVALID_HTTP_TOKEN', () => http.validateHeaderName('a\n'));
  assert_throws('ERR_INVALID_CHAR', () => http.validateHeaderValue('a', '\0'));
  assert_throws('ERR_HTTP_INVALID_STATUS_CODE', () => res.writeHead(99));
});

test('nothing changes once the head is made', async () => {
  await respond(get, (res) => {
    assert_true(!res.headersSent);
    res.flushHeaders();
    assert_true(res.headersSent);
    for (const act of [() => res.setHeader('a', 'b'), () => res.removeHeader('a'), () => res.appendHeader('a', 'b'), () => res.writeHead(200)]) assert_throws('ERR_HTTP_HEADERS_SENT', act);
    res.end();
  });
});

test('writing after the end is an error', async () => {
  const res = new http.ServerResponse(get);
  res.assignSocket(fakeSocket());
  res.end();
  assert_true(res.writableEnded);
  const error = await new Promise((resolve) => { res.on('error', resolve); res.write('a'); });
  assert_equals(error.code, 'ERR_STREAM_WRITE_AFTER_END');
  assert_throws('ERR_STREAM_NULL_VALUES', () => res.write(null));
  assert_throws('ERR_INVALID_ARG_TYPE', () => res.write({}));
});

test('a length that does not hold is an error when it is asked for', () => {
  const res = new http.ServerResponse(get);
  res.strictContentLength = true;
  res.setHeader('Content-Length', 2);
  assert_throws('ERR_HTTP_CONTENT_LENGTH_MISMATCH', () => { res.write('abc'); });
});

test('an incoming message joins what came more than once', () => {
  const message = new http.IncomingMessage(null);
  message.rawHeaders.push('Host', 'a', 'HOST', 'b', 'X', '1', 'x', '2', 'Cookie', 'a=1', 'cookie', 'b=2', 'Set-Cookie', 'c', 'set-cookie', 'd', '__proto__', 'e');
  assert_equals(message.headers.host, 'a');
  assert_equals(message.headers.x, '1, 2');
  assert_equals(message.headers.cookie, 'a=1; b=2');
  assert_deep_equals(message.headers['set-cookie'], ['c', 'd']);
  assert_equals(Object.getOwnPropertyDescriptor(message.headers, '__proto__').value, 'e');
  assert_deep_equals(message.headersDistinct.x, ['1', '2']);
});

test('an incoming message made by hand can be read', async () => {
  class Made extends http.IncomingMessage {
    constructor(body) {
      super({ readable: false, encrypted: true, remoteAddress: '192.0.2.1', address: () => ({ port: 443 }) });
      Object.assign(this, { method: 'POST', url: '/a', headers: { 'content-type': 'text/plain' }, httpVersion: '1.1', complete: true });
      this._read = () => { this.push(body); this.push(null); };
    }
  }
  const message = new Made('body');
  assert_equals(message.connection.remoteAddress, '192.0.2.1');
  assert_equals(message.headers['content-type'], 'text/plain');
  let text = '';
  for await (const chunk of message) text += chunk;
  assert_equals(text, 'body');
});

test('tables and limits', () => {
  assert_equals(http.STATUS_CODES[404], 'Not Found');
  assert_equals(http.STATUS_CODES[418], "I'm a Teapot");
  assert_true(http.METHODS.includes('PATCH') && http.METHODS.length >= 34);
  assert_equals(http.maxHeaderSize, 16384);
});

test('a function serves nothing', () => {
  for (const act of [() => http.createServer(), () => new http.Server(), () => http.Server()]) {
    try {
      act();
    } catch (error) {
      assert_true(error.message.includes('server functionality not supported in serverless environment'), error.message);
      assert_equals(error.code, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM');
      continue;
    }
    throw new Error('there is a server');
  }
});

test('agents keep their options', () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 3, timeout: 50 });
  assert_true(agent instanceof EventEmitter && agent instanceof http.Agent);
  assert_equals(agent.maxSockets, 3);
  assert_equals(agent.getName({ host: 'a', port: 80, family: 4 }), 'a:80::4');
  assert_equals(agent.getName(), 'localhost::');
  assert_true(http.globalAgent.keepAlive);
  assert_equals(http.globalAgent.defaultPort, 80);
  assert_throws('ERR_INVALID_ARG_VALUE', () => new http.Agent({ scheduling: 'x' }));
});
