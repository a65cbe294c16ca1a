const http = require('http');
const { Duplex } = require('stream');

/** What a client makes of a response that arrives in these pieces. */
function read(pieces, method = 'GET') {
  const socket = new Duplex({ read() {}, write(chunk, encoding, done) { done(); } });
  socket.setTimeout = socket.setKeepAlive = socket.ref = socket.unref = () => socket;
  return new Promise((resolve) => {
    const outcome = { status: 0, body: '', trailers: {}, complete: false, codes: [] };
    const req = http.request({ method, createConnection: () => socket }, (res) => {
      outcome.status = res.statusCode;
      res.setEncoding('latin1');
      res.on('data', (text) => { outcome.body += text; });
      res.on('error', ({ code }) => outcome.codes.push(code));
      res.on('close', () => Object.assign(outcome, { trailers: { ...res.trailers }, complete: res.complete }));
    });
    req.on('error', ({ code }) => outcome.codes.push(code));
    req.on('close', () => setImmediate(() => resolve(JSON.stringify(outcome))));
    req.end();
    setImmediate(() => {
      for (const piece of pieces) socket.push(Buffer.from(piece, 'latin1'));
      socket.push(null);
    });
  });
}

const RESPONSES = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3;x=y\r\ntwo\r\n0\r\nA: b\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\nuntil the end',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n',
  'HTTP/1.1 2000 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\nA b: c\r\n\r\n',
  'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
];

/** The same numbers each time. */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

function split(text, next) {
  const pieces = [];
  for (let at = 0; at < text.length;) {
    const size = 1 + next(6);
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

test('a response is the same in whatever pieces it arrives', async () => {
  const next = numbers(1);
  for (const response of RESPONSES) {
    const whole = await read([response]);
    for (let i = 0; i < 4; i++) assert_equals(await read(split(response, next)), whole, JSON.stringify(response));
    assert_equals(await read([...response]), whole, JSON.stringify(response));
  }
});

test('what is good is read, and what is not says why', async () => {
  const outcomes = [];
  for (const response of RESPONSES) outcomes.push(JSON.parse(await read([response])));
  assert_deep_equals(outcomes.map(({ status, body, complete }) => [status, body, complete]), [
    [200, 'hello', true], [200, 'onetwo', true], [200, 'until the end', true], [404, '', true], [200, 'short', false], [200, 'hel', false], [200, 'abc', false], [0, '', false],
    [0, '', false], [0, '', false],
  ]);
  assert_deep_equals(outcomes[1].trailers, { a: 'b' });
  assert_deep_equals(outcomes.map(({ codes }) => codes[0] ?? ''), ['', '', '', '', 'ECONNRESET', 'ECONNRESET', 'HPE_STRICT', 'HPE_INVALID_CONSTANT', 'HPE_INVALID_HEADER_TOKEN', 'HPE_CR_EXPECTED']);
});

test('noise ends in an answer or an error, never in a wait', async () => {
  const next = numbers(7);
  for (let i = 0; i < 150; i++) {
    const response = RESPONSES[next(RESPONSES.length)];
    const at = next(response.length);
    const noise = String.fromCharCode(next(256));
    const mutated = response.slice(0, at) + [noise, '', '\r\n', noise + noise][next(4)] + response.slice(at + next(3));
    const whole = await read([mutated]);
    // Which of several faults is found first may depend on where it is cut.
    const plain = (text) => text.replace(/HPE_\w+/, 'HPE');
    assert_equals(plain(await read(split(mutated, next))), plain(whole), JSON.stringify(mutated));
    const { status, codes, complete } = JSON.parse(whole);
    assert_true(complete || codes.length > 0 || status > 0, JSON.stringify([mutated, whole]));
  }
});
