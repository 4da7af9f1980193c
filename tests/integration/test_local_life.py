"""An evening without the cloud: the home is told what happens in it, and is quiet once the cloud is back."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from edge.adapters import self_watch
from edge.alarms.local_alarm import AlarmKey
from edge.alarms.standing_alarms import Family
from edge.bootstrap import Gateway, build_gateway
from edge.config import load_settings
from edge.sending import delivery_watch
from firmware_sim.bleak_backend import install
from firmware_sim.bootstrap import SimulatorSettings, simulator
from tests.fakes.broker_process import Mosquitto
from tests.fakes.mqtt_ingest import MqttIngest
from vitals.clock import ScaledClock
from vitals.records import HealthEvent, Phase

SPEED = 10.0
CODE = "blue-lamp-29"

SAYS = """
import os, sys
said = [os.environ.get(f"CAREWIRE_ALARM_{name}", "") for name in ("STATE", "FAMILY", "KEY")]
with open(sys.argv[1], "a") as heard:
    print(*said, sep=",", file=heard)
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a cloud that does not answer be silent after seconds, not after a minute."""
    monkeypatch.setattr(delivery_watch, "SILENCE_S", 2.0)
    monkeypatch.setattr(self_watch, "DELIVERY_EVERY_S", 0.2)


class Home:
    """A gateway and what is heard beside it."""

    def __init__(self, folder: Path, *, broker_port: int, page_port: int) -> None:
        self.heard_file = folder / "heard"
        (folder / "says.py").write_text(SAYS)
        file = folder / "gateway.toml"
        file.write_text(f"""
gateway_id = "hallway"
data_dir = "{folder / "data"}"
adopt = true
mqtt = {{ port = {broker_port} }}
radio = {{ scan_rest_s = 0.1, first_pause_s = 0.05, longest_pause_s = 0.5 }}
clock = {{ speed = {SPEED}, anchor_ms = {ScaledClock().wall_ms()} }}
[alarms]
command = ["{sys.executable}", "{folder / "says.py"}", "{self.heard_file}"]
command_limit_s = 30
[page]
enabled = true
port = {page_port}
code = "{CODE}"
""")
        self.gateway: Gateway = build_gateway(load_settings(file))

    def heard(self) -> list[tuple[str, str, str]]:
        """Return what the sounds said so far: state, family and key."""
        lines = self.heard_file.read_text().splitlines() if self.heard_file.exists() else []
        return [(state, family, key) for state, family, key in (line.split(",") for line in lines)]

    @property
    def episodes(self) -> list[str]:
        """Keys of the wearers' alarms that stand."""
        standing = self.gateway.local_life.annunciator.alarms.standing
        return [alarm.key for alarm in standing if alarm.family is Family.PHYSIOLOGICAL]

    async def ask(self, method: str, path: str, cookie: str = "", **form: str) -> str:
        page = self.gateway.local_life.page
        assert page is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", page.bound_port)
        body = urlencode(form).encode()
        head = f"{method} {path} HTTP/1.1\r\nCookie: {cookie}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        said = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
        return said


@asynccontextmanager
async def living(home: Home) -> AsyncIterator[Home]:
    """Let a heart fibrillate, ten seconds a second, and the gateway hear it."""
    async with simulator(SimulatorSettings(scenario="atrial-fibrillation", speed=SPEED)) as sim:
        installation = install(sim.open_transport)
        stop = asyncio.Event()
        running = asyncio.create_task(home.gateway.run(stop))
        try:
            yield home
        finally:
            stop.set()
            await asyncio.wait_for(running, 30.0)
            home.gateway.close()
            await installation.close()


async def until(condition: Callable[[], object], *, within_s: float = 60.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - what is waited for is what happened, not an event
            await asyncio.sleep(0.05)


async def test_without_the_cloud_the_home_is_told_and_once_it_is_back_falls_quiet(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    broker = Mosquitto(tmp_path / "broker")
    ingest = MqttIngest(broker.port)
    async with living(Home(tmp_path, broker_port=broker.port, page_port=unused_tcp_port)) as home:
        await until(lambda: home.episodes)
        (episode,) = home.episodes
        await until(lambda: ("sounding", "physiological", episode) in home.heard())
        await asyncio.to_thread(broker.start)
        ingest.start()
        try:
            await until(lambda: AlarmKey.CLOUD_SILENT not in home.gateway.health.alarms.standing)
            await until(lambda: home.heard()[-1][0] == "quiet")
            assert home.episodes == [episode], "it still stands, and is the cloud's to tell"
            await until(lambda: episode in onsets(ingest))
        finally:
            ingest.stop()
            broker.kill()


def onsets(ingest: MqttIngest) -> list[str]:
    return [
        record.event_id
        for seqs in ingest.stored.values()
        for record in list(seqs.values())
        if isinstance(record, HealthEvent) and record.phase is Phase.ONSET
    ]


async def test_who_sees_to_it_on_the_page_ends_its_sound_and_a_stranger_does_not(
    tmp_path: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    ports = {"broker_port": unused_tcp_port_factory(), "page_port": unused_tcp_port_factory()}
    async with living(Home(tmp_path, **ports)) as home:
        await until(lambda: home.episodes)
        (episode,) = home.episodes
        await until(lambda: ("sounding", "physiological", episode) in home.heard())

        stranger = await home.ask("POST", "/acknowledge", key=episode)
        assert stranger.startswith("HTTP/1.1 401 ")
        assert "Heart rhythm irregular" not in stranger
        assert not home.gateway.local_life.annunciator.alarms.standing[0].is_acknowledged

        entered = await home.ask("POST", "/enter", code=CODE)
        cookie = entered.partition("Set-Cookie: ")[2].partition(";")[0]
        page = await home.ask("GET", "/", cookie)
        assert "Heart rhythm irregular" in page
        token = page.partition('name="token" value="')[2].partition('"')[0]
        seen_to = await home.ask("POST", "/acknowledge", cookie, key=episode, token=token)
        assert seen_to.startswith("HTTP/1.1 303 ")
        assert "Somebody is seeing to it." in await home.ask("GET", "/", cookie)
        await until(lambda: home.heard()[-1] == ("sounding", "technical", "cloud-silent"))
