"""What is left of a run once everything is stopped: read from the service's store and the outbox files."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from carewire.chaos.ground import Ground
from carewire.chaos.maker import Maker
from cloud.config import load_settings
from cloud.ports import Strip
from cloud.storage.series import SeriesStores, open_series_stores
from edge.bootstrap.storage import open_outbox
from edge.clock import boot_id
from edge.config import load_settings as load_edge_settings
from edge.outbox import Timekeeper
from vitals.clock import ScaledClock
from vitals.errors import ValidationError
from vitals.records import AnyRecord, Gap, HealthEvent
from vitals.wire.envelope import decode_record

__all__ = ["Evidence", "gather"]

_ALL_TIME_MS: Final = (0, 1 << 45)
_ALL: Final = 1 << 31
_KINDS: Final = ("heart_rate", "ecg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is there of one gateway's strap."""

    points: Mapping[int, float]
    """Heart rates by effective time."""
    strips: Mapping[int, Strip]
    """Strips of ECG by their start."""
    events: Mapping[tuple[str, str], HealthEvent]
    """Events by episode and phase."""
    gaps: Sequence[Gap]
    """What is stated not to exist, whether the service has the statement or it waits."""
    quarantined: AbstractSet[bytes]
    """What the service set aside, as it came."""
    waiting: AbstractSet[bytes]
    """What waits in the outbox, encoded."""


def gather(ground: Ground) -> Mapping[str, Evidence]:
    """Read what is there of each gateway. Nothing may be running."""
    stores = open_series_stores(load_settings(ground.layout.settings_file("cloud")))
    with closing(stores):
        aside = {each.payload for each in stores.quarantine.quarantined(_ALL)}
        return {
            gateway: _of(stores, ground.maker(gateway), aside, list(_waiting(ground.settings_file(gateway))))
            for gateway in ground.gateways
        }


def _of(stores: SeriesStores, maker: Maker, aside: AbstractSet[bytes], waiting: Sequence[bytes]) -> Evidence:
    held = [_decoded(payload) for payload in waiting]
    points = stores.series.observations(maker.patient, "heart_rate", *_ALL_TIME_MS, _ALL).points
    strips = stores.series.waveforms(maker.patient, "ecg", *_ALL_TIME_MS)
    events = stores.occurrences.events(maker.patient, *_ALL_TIME_MS)
    stated = [gap for kind in _KINDS for gap in stores.occurrences.gaps(maker.patient, kind, *_ALL_TIME_MS)]
    return Evidence(
        points={point.t_ms: point.value for point in points},
        strips={strip.t0_ms: strip for strip in strips},
        events={(event.event_id, event.phase): event for event in events},
        gaps=[*stated, *(record for record in held if isinstance(record, Gap))],
        quarantined=frozenset(payload for payload in aside if maker.device.encode() in payload),
        waiting=frozenset(waiting),
    )


def _waiting(settings_file: Path) -> Iterator[bytes]:
    timekeeper = Timekeeper(clock=ScaledClock(), boot_id=boot_id(), is_synced=lambda: True)
    with closing(open_outbox(load_edge_settings(settings_file), timekeeper)) as outbox:
        sent: dict[str, int] = {}
        while (run := outbox.next_batch(after=sent)) is not None:
            yield from run.payloads
            sent[run.epoch] = run.last_seq


def _decoded(payload: bytes) -> AnyRecord | None:
    """Return a record that waits; `None`: poison."""
    try:
        return decode_record(payload)
    except ValidationError:
        return None
