// Node's net: a stream per connection; reading stops while its writes are queued.
'use strict';

const net = require('node:net');

const server = net.createServer({ noDelay: true }, (socket) => {
  const resume = () => socket.resume();
  socket.on('data', (data) => {
    if (!socket.write(data)) socket.pause();
  });
  socket.on('drain', resume);
  socket.on('error', () => socket.destroy()); // the peer is gone
});
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
