"""The service's ingest as it ships, in this process: at a real broker, over a real store."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cloud.config import MqttSettings
from cloud.gateways.standing import Standing
from cloud.ingest.running import Ingest
from cloud.ports import RecordStore
from tests.fakes.command_book import FakeCommandBook
from tests.fakes.gateway_records import DEVICE
from tests.fakes.ingest import FakeDeviceRegistry
from vitals.clock import ScaledClock

PATIENT = "wei"
"""Who wears the device of `tests.fakes.gateway_records`."""


@contextmanager
def service_ingest(
    port: int,
    store: RecordStore,
    *,
    worn: Sequence[str] = (DEVICE,),
    standing: Standing | None = None,
    **settings: Any,
) -> Iterator[Ingest]:
    """Have it run for a while; its session at the broker stays."""
    devices = FakeDeviceRegistry()
    for device in worn:
        devices.wear(device, PATIENT)
    made = Ingest(
        MqttSettings(port=port, **settings),
        store=store,
        devices=devices,
        answers=FakeCommandBook(),
        clock=ScaledClock(),
        standing=standing,
    )
    made.start()
    try:
        yield made
    finally:
        made.stop()
