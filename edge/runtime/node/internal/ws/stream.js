// createWebSocketStream(): https://github.com/websockets/ws/blob/master/doc/ws.md#createwebsocketstreamwebsocket-options

import { Stream } from '../stream/package.js';

/** A Duplex over a WebSocket: each chunk that is written is a message, each message a chunk. */
export function createWebSocketStream(socket, options = {}) {
  const whenOpen = (run) => (socket.readyState === 0 ? socket.once('open', run) : run());
  const duplex = new Stream.Duplex({
    ...options,
    autoDestroy: false,
    emitClose: false,
    objectMode: false,
    writableObjectMode: false,
    read() { if (socket.isPaused) socket.resume(); },
    write(chunk, encoding, callback) { whenOpen(() => socket.send(chunk, callback)); },
    final(callback) {
      whenOpen(() => {
        if (socket.readyState === 3) return callback();
        socket.once('close', () => callback());
        return socket.close();
      });
    },
    destroy(error, callback) {
      if (socket.readyState !== 3) {
        socket.once('error', () => {});
        socket.once('close', () => callback(error));
        socket.terminate();
      } else callback(error);
      duplex.once('newListener', () => {});
    },
  });
  socket.on('message', (message, isBinary) => {
    const data = !isBinary && options.readableObjectMode ? message.toString() : message;
    if (!duplex.push(data)) socket.pause();
  });
  socket.once('error', (error) => { if (!duplex.destroyed) duplex.destroy(error); });
  socket.once('close', () => {
    if (duplex.destroyed) return;
    duplex.push(null);
    duplex.emit('close');
  });
  return duplex;
}
