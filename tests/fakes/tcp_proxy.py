"""A TCP proxy between a client and a broker that can be made to misbehave."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

Filter = Callable[[bytes], bytes | None]
"""What becomes of a chunk: the bytes that go on, or None: the connection is reset here."""


def everything(chunk: bytes) -> bytes:
    return chunk


def nothing(chunk: bytes) -> bytes:
    del chunk
    return b""


class TcpProxy:
    """Forwards to 127.0.0.1:`target`; `upward` and `downward` decide chunk by chunk."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.connections = 0
        self.upward: Filter = everything
        self.downward: Filter = everything
        self._writers: set[asyncio.StreamWriter] = set()

    def reset_all(self) -> None:
        """Reset every connection there is."""
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            broker_reader, broker_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, broker_writer}
        try:
            tasks = {
                asyncio.ensure_future(self._pump(reader, broker_writer, is_upward=True)),
                asyncio.ensure_future(self._pump(broker_reader, writer, is_upward=False)),
            }
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
        finally:
            self._writers -= {writer, broker_writer}
            writer.transport.abort()
            broker_writer.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_upward: bool
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(16_384):
                passed = self.upward(chunk) if is_upward else self.downward(chunk)
                if passed is None:
                    return
                writer.write(passed)
                await writer.drain()


@asynccontextmanager
async def tcp_proxy(target: int) -> AsyncIterator[TcpProxy]:
    proxy = TcpProxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = int(server.sockets[0].getsockname()[1])
    try:
        yield proxy
    finally:
        server.close()
        proxy.reset_all()
        await asyncio.sleep(0)
