"""A small HTTP server that answers as a test tells it, by path; requests are kept as they came."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from vitals.wire.command import encode_commands

NOTHING_ASKED = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + encode_commands([])
NOTHING_SIGNED = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass(slots=True)
class RudeServer:
    """`batches`, `commands`, `ledger` make the raw answer of a request's body; None: there is none, ever."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    batches: Callable[[bytes], bytes | None] = lambda _body: None
    commands: Callable[[bytes], bytes | None] = lambda _body: NOTHING_ASKED
    ledger: Callable[[bytes], bytes | None] = lambda _body: NOTHING_SIGNED

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                self.heads.append(head)
                lines = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                body = await reader.readexactly(int(lines.get("content-length", "0")))
                answer = self._answer_to(head)(body)
                if answer is None:
                    await asyncio.Event().wait()
                    return
                writer.write(answer)
                await writer.drain()
                if b"Connection: close" in answer:
                    break
        writer.close()

    def _answer_to(self, head: str) -> Callable[[bytes], bytes | None]:
        if head.startswith("POST"):
            return self.batches
        return self.ledger if head.startswith("GET /api/v1/ingest/ledger") else self.commands


def answering(status: str, body: bytes = b"", *headers: str) -> bytes:
    """Return a whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@asynccontextmanager
async def rude_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[RudeServer]:
    rude = RudeServer()
    server = await asyncio.start_server(rude.serve, "127.0.0.1", 0, ssl=tls)
    rude.port = int(server.sockets[0].getsockname()[1])
    try:
        yield rude
    finally:
        server.close()
        for writer in rude.writers:
            writer.transport.abort()
        await asyncio.sleep(0)
