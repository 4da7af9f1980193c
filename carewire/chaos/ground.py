"""Where chaos happens: one broker, one service, several gateways, each a process of its own."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from carewire.chaos.feeder import Feed
from carewire.chaos.maker import Maker
from carewire.layout import Layout, bound, free_port, module_command, toml_text
from carewire.mosquitto import make_certificates, mosquitto_command
from carewire.observer import Observer
from carewire.processes import Part
from carewire.seed import CAREGIVER, observer_of, seed_demo
from cloud.bootstrap.access import sharing_over
from cloud.config import load_settings
from cloud.ports import OPERATOR, Patient
from cloud.storage.relational.opening import open_relational
from vitals.clock import ScaledClock

__all__ = ["BROKER", "INGEST", "NAMES", "Broker", "Ground", "lay_out"]

BROKER: Final = "broker"
INGEST: Final = "ingest"
NAMES: Final = ("attic", "cellar", "garden", "kitchen", "library", "nursery", "pantry", "workshop")
"""Gateways' names; there are no more gateways than these."""
_HOUR_MS: Final = 3_600_000
_MIB: Final = 1 << 20
_ROOMY: Final = 256 * _MIB


class Broker(StrEnum):
    """Which broker stands between gateways and service."""

    EMBEDDED = "embedded"
    MOSQUITTO = "mosquitto"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Home:
    """One gateway's circumstances: how long its strips are, how much its outbox holds."""

    strip_samples: int
    outbox_bytes: int


_HOMES: Final = (
    _Home(strip_samples=260, outbox_bytes=_ROOMY),
    _Home(strip_samples=8_000, outbox_bytes=_MIB),  # seconds without a broker fill it: it must give up strips
)
"""Every other gateway is short of room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One system to strike at, and all that is needed to look on."""

    layout: Layout
    broker: Broker
    gateways: Sequence[str]
    appends_per_s: float
    observer: Observer

    @property
    def parts(self) -> Sequence[str]:
        """The parts, in the order they start."""
        return (BROKER, INGEST, *self.gateways)

    def part(self, name: str) -> Part:
        """Return a part, not started."""
        return Part(name=name, command=self._command(name), log_file=self.layout.log_file(name))

    def maker(self, gateway: str) -> Maker:
        """Return what a gateway's feeder makes."""
        home = self._home(gateway)
        return Maker(
            gateway=gateway,
            base_ms=self.layout.anchor_ms - _HOUR_MS,  # so that no feeder, however quick, gets ahead of time
            strip_samples=home.strip_samples,
        )

    def book(self, gateway: str) -> Path:
        """Return where a feeder writes down what it made."""
        return self.layout.folder / f"{gateway}.book"

    def outbox(self, gateway: str) -> Path:
        """Return a gateway's outbox file."""
        return self.layout.folder / gateway / "outbox.db"

    @property
    def enough(self) -> Path:
        """The file that ends all making, once it is there."""
        return self.layout.folder / "enough"

    def settings_file(self, gateway: str) -> Path:
        """Return the TOML file a gateway reads."""
        return self.layout.settings_file(gateway)

    def observers(self) -> Iterator[Observer]:
        """Yield who looks on at each gateway."""
        for gateway in self.gateways:
            yield replace(self.observer, gateway=gateway, outbox=self.outbox(gateway))

    def write_settings(self) -> None:
        """Write the settings of every gateway."""
        for gateway in self.gateways:
            self.settings_file(gateway).write_text(toml_text(self._settings(gateway)))

    def _settings(self, gateway: str) -> Mapping[str, object]:
        return {
            "gateway_id": gateway,
            "data_dir": str(self.layout.folder / gateway),
            "adopt": True,
            "outbox": {"max_bytes": self._home(gateway).outbox_bytes},
            "mqtt": self.layout.mqtt(gateway),
        }

    def _home(self, gateway: str) -> _Home:
        return _HOMES[self.gateways.index(gateway) % len(_HOMES)]

    def _command(self, name: str) -> list[str]:
        if name == INGEST:
            return self.layout.command("cloud")
        if name != BROKER:
            return module_command("carewire.chaos.feeder", self._feed(name))
        if self.layout.certificates is None:
            return self.layout.command("broker")
        state = self.layout.folder / "mosquitto"
        return bound(*mosquitto_command(state, self.layout.mqtt_port, self.layout.certificates))

    def _feed(self, gateway: str) -> str:
        feed = Feed(
            maker=self.maker(gateway),
            settings=str(self.settings_file(gateway)),
            book=str(self.book(gateway)),
            enough=str(self.enough),
            appends_per_s=self.appends_per_s,
        )
        return msgspec.json.encode(feed).decode()


def lay_out(folder: Path, broker: Broker, *, gateways: int, appends_per_s: float) -> Ground:
    """Lay a system out in an empty folder: settings, certificates, people; nothing is started.

    Raises
    ------
    ConfigurationError
        mosquitto, or what it is configured with, is not there.
    """
    names = NAMES[:gateways]
    layout = Layout(
        folder=folder,
        http_port=free_port(),
        mqtt_port=free_port(),
        radio_port=free_port(),
        anchor_ms=time.time_ns() // 1_000_000,
        certificates=make_certificates(folder / "certificates", names)
        if broker is Broker.MOSQUITTO
        else None,
    )
    layout.write_settings()
    observer = observer_of(layout, seed_demo(layout))
    ground = Ground(
        layout=layout, broker=broker, gateways=names, appends_per_s=appends_per_s, observer=observer
    )
    ground.write_settings()
    _seed(ground)
    return ground


def _seed(ground: Ground) -> None:
    relational = open_relational(load_settings(ground.layout.settings_file("cloud")).database_url)
    sharing = sharing_over(relational, ScaledClock())
    try:
        for maker in map(ground.maker, ground.gateways):
            relational.directory.add_patient(Patient(id=maker.patient, display_name=maker.patient))
            relational.directory.bind(maker.device, maker.patient, 0)
            sharing.give(maker.patient, person_id=CAREGIVER.id, from_ms=0, by=OPERATOR)
    finally:
        relational.close()
