"""A gateway as it ships, but for its radio: in place of wearables a maker appends to its outbox, steadily.

Run as `python -m carewire.chaos.feeder FEED`; it makes until the file `enough` is there, and delivers until
it is told to stop.
"""

import asyncio
import signal
import sys
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from carewire.chaos.book import Book
from carewire.chaos.maker import Maker
from carewire.logs import configure_logs
from edge.bootstrap import build_gateway
from edge.bootstrap.gateway import Gateway
from edge.config import load_settings
from vitals.errors import CarewireError

__all__ = ["Feed", "main"]

_log = structlog.get_logger()


class Feed(Struct, frozen=True, kw_only=True):
    """What a feeder makes, how fast, and where everything lies."""

    maker: Maker
    settings: str
    book: str
    enough: str
    appends_per_s: float


def main() -> None:
    """Feed until told to stop."""
    configure_logs(level="warning")
    asyncio.run(_run(msgspec.json.decode(sys.argv[1], type=Feed)))


async def _run(feed: Feed) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    # A clock that NTP holds: what a clock costs that nobody holds is another test's question.
    gateway = build_gateway(load_settings(Path(feed.settings)), is_synced=lambda: True)
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(gateway.delivery.run()), tasks.create_task(_feed(feed, gateway))]
            await stop.wait()
            for task in running:
                task.cancel()
    finally:
        gateway.close()


async def _feed(feed: Feed, gateway: Gateway) -> None:
    book, loop = Book(Path(feed.book)), asyncio.get_running_loop()
    try:
        due_s = loop.time()
        while not await asyncio.to_thread(Path(feed.enough).exists):
            await asyncio.to_thread(_append, feed.maker, gateway, book)
            gateway.delivery.notify()
            due_s = max(due_s + 1 / feed.appends_per_s, loop.time())
            await asyncio.sleep(due_s - loop.time())
    finally:
        book.close()


def _append(maker: Maker, gateway: Gateway, book: Book) -> None:
    number = book.begin()
    try:
        gateway.outbox.append(maker.records(number))
    except CarewireError as error:
        _log.error("feeder.not_kept", number=number, error=str(error))
    else:
        book.keep(number)


if __name__ == "__main__":
    main()
