"""A gateway's Bluetooth central without the rest of the gateway."""

from random import Random

from edge.adapters.ble.central import BleCentral
from edge.adapters.ble.session import SessionHost
from edge.adapters.inbox import Inbox
from edge.config import EdgeSettings
from edge.health import GatewayHealth
from edge.ports import RadioAdapter
from tests.fakes.radio_adapter import FakeRadioAdapter
from vitals.clock import Clock


def central_of(
    settings: EdgeSettings,
    *,
    inbox: Inbox,
    clock: Clock,
    health: GatewayHealth,
    adapter: RadioAdapter | None = None,
) -> BleCentral:
    host = SessionHost(
        radio=settings.radio,
        inbox=inbox,
        clock=clock,
        counters=health.counters,
        is_synced=lambda: True,
        last_sequence=lambda _device, _uuid: None,
    )
    return BleCentral(
        settings=settings,
        host=host,
        adapter=adapter or FakeRadioAdapter(),
        health=health,
        random=Random(2),
    )
