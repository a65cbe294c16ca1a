// The oldest style: a callback, and what the event loop still holds back.
const http = require('http');
const net = require('net');

const handlers = {
  '/': (event, context, callback) => {
    const answer = { statusCode: 200, body: 'early' };
    setTimeout(() => { answer.body = 'late'; }, 20);
    callback(null, answer);
  },
  '/now': (event, context, callback) => {
    context.callbackWaitsForEmptyEventLoop = false;
    handlers['/'](event, context, callback);
  },
  // The connection is kept alive, and not waited for.
  '/http': ({ queryStringParameters: { port } }, context, callback) => {
    http.get({ host: '127.0.0.1', port }, (res) => {
      res.resume().on('end', () => callback(null, 'fetched'));
    });
  },
  '/unref': ({ queryStringParameters: { port } }, context, callback) => {
    const socket = net.connect(port, '127.0.0.1', () => callback(null, 'connected')).unref();
    socket.on('error', callback);
  },
};

exports.handler = (event, context, callback) => handlers[event.rawPath](event, context, callback);
