"""asyncio: a BufferedProtocol per connection, the cheapest that its streams are built on."""

import asyncio
import sys

BUFFER_BYTES = 16384


class Echo(asyncio.BufferedProtocol):
    # One buffer for all: the loop is one thread, and what is in it is copied before the next read.
    view = memoryview(bytearray(BUFFER_BYTES))

    def connection_made(self, transport):
        self.transport = transport  # asyncio sets TCP_NODELAY on it

    def get_buffer(self, sizehint):
        return self.view

    def buffer_updated(self, size):
        self.transport.write(bytes(self.view[:size]))

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", int(sys.argv[1]), backlog=4096)
    await server.serve_forever()


asyncio.run(main())
