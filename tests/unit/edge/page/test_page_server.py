"""The page over a real socket: answered, bounded in time and number, and no reason for a gateway to stop."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.adapters import page_server as module
from edge.adapters.page_secret import page_secret
from edge.adapters.page_server import PageServer
from edge.alarms.local_alarm import AlarmKey, LocalAlarms
from edge.health import GatewayHealth
from edge.now import Now
from edge.page.access import Gatekeeper
from edge.page.desk import Desk
from tests.fakes.clock import FakeClock
from tests.fakes.home import quiet_home

CODE = "blue-lamp-29"


def server_of(port: int = 0, *, fails: bool = False) -> PageServer:
    clock = FakeClock()

    def now() -> Now:
        if fails:
            raise RuntimeError("a value of somebody")
        return quiet_home()

    gatekeeper = Gatekeeper(
        code=CODE, secret=b"s" * 32, wall_s=lambda: clock.wall_ms() / 1000, monotonic_s=clock.monotonic_s
    )
    health = GatewayHealth(alarms=LocalAlarms(hook=lambda _: None))
    desk = Desk(gatekeeper=gatekeeper, now=now, signals=None, counters=Counter())  # type: ignore[arg-type]
    return PageServer(host="127.0.0.1", port=port, desk=desk, health=health, wall_ms=clock.wall_ms)


@asynccontextmanager
async def serving(server: PageServer) -> AsyncIterator[PageServer]:
    with capture_logs():
        task = asyncio.create_task(server.run())
        try:
            async with asyncio.timeout(20):
                await server.listening.wait()
            yield server
        finally:
            task.cancel()
            await asyncio.wait([task])


async def send(server: PageServer, sent: bytes) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.bound_port)
    writer.write(sent)
    said = b""
    async with asyncio.timeout(20):
        with suppress(ConnectionResetError):  # who is not listened to is cut off
            said = await reader.read()
    await close(writer)
    return said.decode()


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def test_a_code_is_given_and_the_page_comes_back() -> None:
    async with serving(server_of()) as server:
        body = f"code={CODE}".encode()
        head = f"POST /enter HTTP/1.1\r\nHost: pi\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        entered = await send(server, head + body)
        assert entered.startswith("HTTP/1.1 303 ")
        cookie = entered.partition("Set-Cookie: ")[2].partition(";")[0]
        page = await send(server, f"GET / HTTP/1.1\r\nCookie: {cookie}\r\n\r\n".encode())
    assert page.startswith("HTTP/1.1 200 OK")
    assert "No alarm, and every wearable is heard." in page


async def test_a_stranger_and_a_stranger_machine_get_nothing() -> None:
    async with serving(server_of()) as server:
        assert (await send(server, b"GET / HTTP/1.1\r\n\r\n")).startswith("HTTP/1.1 401 ")
        assert (await send(server, b"\x16\x03\x01\r\n\r\n")).startswith("HTTP/1.1 400 ")
    assert server.health.counters["page.bad_request"] == 1


async def test_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REQUEST_S", 0.05)
    async with serving(server_of()) as server:
        assert await send(server, b"GET / HT") == ""
    assert server.health.counters["page.broken_off"] == 1


async def test_a_crowd_is_turned_away_and_the_next_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_AT_ONCE", 1)
    async with serving(server_of()) as server:
        _, waiting = await asyncio.open_connection("127.0.0.1", server.bound_port)
        waiting.write(b"GET ")
        async with asyncio.timeout(20):
            while not server._served:  # noqa: ASYNC110 - what is waited for is what it did, not an event
                await asyncio.sleep(0.005)
        assert await send(server, b"GET / HTTP/1.1\r\n\r\n") == ""
        await close(waiting)
        async with asyncio.timeout(20):
            while server._served:  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0.005)
        assert (await send(server, b"GET / HTTP/1.1\r\n\r\n")).startswith("HTTP/1.1 401 ")
    assert server.health.counters["page.crowded"] == 1


async def test_a_gateway_that_stops_waits_for_no_visitor() -> None:
    server = server_of()
    async with serving(server):
        _, writer = await asyncio.open_connection("127.0.0.1", server.bound_port)
        writer.write(b"GET ")
        async with asyncio.timeout(20):
            while not server._served:  # noqa: ASYNC110 - what is waited for is what it did, not an event
                await asyncio.sleep(0.005)
    assert server._served == set()
    await close(writer)


async def test_a_mistake_of_ours_is_shown_to_nobody() -> None:
    server = server_of(fails=True)
    cookie = server.desk.gatekeeper.cookie()
    async with serving(server):
        said = await send(server, f"GET / HTTP/1.1\r\nCookie: carewire-page={cookie}\r\n\r\n".encode())
    assert said.startswith("HTTP/1.1 500 ")
    assert said.endswith("\r\n\r\n")


async def test_a_port_that_somebody_else_has_is_an_alarm_until_it_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.02)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = server_of(taken.getsockname()[1])
        task = asyncio.create_task(server.run())
        with capture_logs():
            async with asyncio.timeout(20):
                while AlarmKey.PAGE_FAILED not in server.health.alarms.standing:  # noqa: ASYNC110 - a state
                    await asyncio.sleep(0.005)
    with capture_logs():
        async with asyncio.timeout(20):
            await server.listening.wait()
    assert server.health.alarms.standing == {}
    task.cancel()
    await asyncio.wait([task])


def test_the_secret_is_made_once_and_readable_by_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "page-secret"
    secret = page_secret(file)
    assert (len(secret), page_secret(file)) == (32, secret)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_damaged_secret_is_made_anew_and_without_a_disk_one_lasts_for_this_run(
    tmp_path: Path,
) -> None:
    file = tmp_path / "page-secret"
    file.write_bytes(b"short")
    assert len(page_secret(file)) == 32
    with capture_logs() as logs:
        nowhere = tmp_path / "none" / "page-secret"
        assert page_secret(nowhere) != page_secret(nowhere)
    assert logs[0]["event"] == "page.secret_not_kept"
