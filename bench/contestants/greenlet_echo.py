"""greenlet over an epoll loop of our own: a greenlet per connection, switched to when it is ready."""

import select
import socket
import sys

from greenlet import getcurrent, greenlet

BUFFER_BYTES = 16384

hub = getcurrent()
epoll = select.epoll()
waiting = {}  # descriptor: the greenlet that waits for it


def send_all(connection, data):
    """Waits in the loop whenever the socket takes no more."""
    view = memoryview(data)
    writable = False
    while view:
        try:
            view = view[connection.send(view) :]
        except BlockingIOError:
            if not writable:
                epoll.modify(connection, select.EPOLLOUT)
                writable = True
            hub.switch()
    if writable:
        epoll.modify(connection, select.EPOLLIN)


def echo(connection):
    """Runs for the first time when something has arrived."""
    recv, switch = connection.recv, hub.switch
    try:
        while data := recv(BUFFER_BYTES):
            send_all(connection, data)
            switch()
    except ConnectionError:
        pass
    del waiting[connection.fileno()]
    connection.close()  # which takes it out of the set


def accept(listener):
    while True:
        try:
            connection, _ = listener.accept()
        except (BlockingIOError, ConnectionError):
            pass  # it was gone again
        else:
            connection.setblocking(False)
            when_ready(connection, echo)
        hub.switch()


def when_ready(sock, body):
    """`body` gets a greenlet of its own, which the hub starts when the socket is readable."""
    waiting[sock.fileno()] = greenlet(lambda: body(sock), parent=hub)
    epoll.register(sock, select.EPOLLIN)


listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=4096)
listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted sockets inherit it
listener.setblocking(False)
when_ready(listener, accept)
while True:
    for fd, _ in epoll.poll(maxevents=256):
        waiting[fd].switch()
