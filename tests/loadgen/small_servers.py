#!/usr/bin/env python3
"""Small right and wrong servers for loadgen's protocols, a thread per connection.

    small_servers.py http  [--fault FAULT] [--at N]
    small_servers.py redis [--fault error|drops] [--at N]

Prints "listening 127.0.0.1:PORT" when ready and ends with its standard input. A fault concerns the
N-th request of every connection, counted from 1.

not_found: 404. short_length, long_length: Content-Length is a byte less or more than the body.
announces_close: "Connection: close", and so it does. drops: closes after a right reply without a
word. error: -ERR.
"""

import argparse
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler

BODY = b"Hello, world\n"


class Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # kept alive unless a header says otherwise
    wbufsize = -1  # one send per reply: two would meet the peer's delayed acknowledgement
    seen = 0

    def do_GET(self) -> None:
        self.seen += 1
        fault = self.server.fault if self.seen == self.server.at else None
        length = len(BODY) + {"short_length": -1, "long_length": 1}.get(fault, 0)
        self.send_response(404 if fault == "not_found" else 200)
        self.send_header("Content-Length", str(length))
        if fault == "announces_close":
            self.send_header("Connection", "close")  # http.server then does so
        self.end_headers()
        self.wfile.write(BODY)
        if fault == "drops":
            self.close_connection = True

    def log_message(self, *_) -> None:
        pass


class Redis(socketserver.StreamRequestHandler):
    wbufsize = -1

    def handle(self) -> None:
        seen = 0
        while command := self.read_command():
            seen += 1
            fault = self.server.fault if seen == self.server.at else None
            right = command == [b"PING"] and fault != "error"
            self.wfile.write(b"+PONG\r\n" if right else b"-ERR unknown command\r\n")
            self.wfile.flush()
            if fault == "drops":
                return

    def read_command(self) -> list[bytes]:
        """An array of bulk strings; empty at the end of the stream."""
        head = self.rfile.readline()
        if not head.startswith(b"*"):
            return []
        sizes = (int(self.rfile.readline()[1:]) for _ in range(int(head[1:])))
        return [self.rfile.read(size + 2)[:-2] for size in sizes]


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_) -> None:  # loadgen counts what goes wrong
        pass


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    faults = {
        "http": ["not_found", "short_length", "long_length", "announces_close", "drops"],
        "redis": ["error", "drops"],
    }
    protocols = parser.add_subparsers(dest="protocol", required=True)
    for name, choices in faults.items():
        protocol = protocols.add_parser(name)
        protocol.add_argument("--fault", choices=choices)
        protocol.add_argument("--at", type=int, default=5)
    args = parser.parse_args()
    server = Server(("127.0.0.1", 0), {"http": Http, "redis": Redis}[args.protocol])
    server.fault, server.at = args.fault, args.at
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"listening 127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
