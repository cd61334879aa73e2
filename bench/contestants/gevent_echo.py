"""gevent: a greenlet per connection that reads as if it could block."""

import socket
import sys

from gevent.server import StreamServer

BUFFER_BYTES = 16384


def echo(connection, _address):
    recv, sendall = connection.recv, connection.sendall
    try:
        while data := recv(BUFFER_BYTES):
            sendall(data)
    except ConnectionError:
        pass  # the peer is gone; so is the greenlet


server = StreamServer(("127.0.0.1", int(sys.argv[1])), echo, backlog=4096)
server.init_socket()
# On Linux an accepted socket inherits it, so no connection spends a call on it.
server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
server.serve_forever()
