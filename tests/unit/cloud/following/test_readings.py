"""What the stores show of watched patients reaches their pages once, and nobody else costs anything."""

import json
from dataclasses import dataclass, field

import pytest

from cloud.following.readings import ReadingsFollowed
from cloud.live import LiveHub, Subscription
from cloud.live_ids import StreamIds
from cloud.ports import Device, HeardDevice, Patient, Point, Strip
from tests.fakes.back_office import FakeBackOffice
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_services import CountedRandomness
from tests.fakes.directory import FakeDirectory
from tests.fakes.series_reader import FakeOccurrenceReader, FakeSeriesReader
from vitals.records import Gap, GapReason

WEI, STRAP, OTHER_STRAP = "p-wei", "c0-00-00-00-00-01", "c0-00-00-00-00-02"
NOW_MS = 1_700_000_000_000


@dataclass(slots=True)
class Home:
    """Wei wears two straps; what they send is heard with the next `hear`."""

    hub: LiveHub = field(default_factory=lambda: LiveHub(StreamIds(CountedRandomness())))
    clock: FakeClock = field(default_factory=lambda: FakeClock(wall=NOW_MS))
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    gateways: FakeBackOffice = field(default_factory=FakeBackOffice)
    series: FakeSeriesReader = field(default_factory=FakeSeriesReader)
    occurrences: FakeOccurrenceReader = field(default_factory=FakeOccurrenceReader)
    followed: ReadingsFollowed = field(init=False)

    def __post_init__(self) -> None:
        self.directory.add_patient(Patient(id=WEI, display_name="Wei"))
        for name in (STRAP, OTHER_STRAP):
            self.report(name, None)
        self.followed = ReadingsFollowed(
            hub=self.hub,
            directory=self.directory,
            gateways=self.gateways,
            series=self.series,
            occurrences=self.occurrences,
            clock=self.clock,
        )

    def report(self, name: str, reported_ms: int | None) -> None:
        self.directory.note_device(
            Device(
                id=name,
                gateway="home",
                patient_id=WEI,
                link=None,
                model=None,
                battery_percent=None,
                on_body=None,
                reported_ms=reported_ms,
                received_ms=reported_ms,
            )
        )

    def hear(self, name: str = STRAP) -> None:
        """Let a device be heard now, one millisecond after the last."""
        self.clock.advance(0.001)
        others = [one for one in self.gateways.heard_from if one.device != name]
        heard = HeardDevice(device=name, gateway="home", received_ms=self.clock.wall_ms())
        self.gateways.heard_from = [*others, heard]

    def measure(self, ms_after: int, value: float, name: str = STRAP) -> None:
        points = self.series.points.setdefault((WEI, "heart_rate"), [])
        points.append(Point(t_ms=NOW_MS + ms_after, value=value, quality=None, device=name))
        self.hear(name)


def strip(ms_after: int) -> Strip:
    return Strip(
        device=STRAP,
        kind="ecg",
        t0_ms=NOW_MS + ms_after,
        rate_hz=100.0,
        samples=bytes(200),
        scale=0.001,
        offset=0.0,
        lead="",
    )


async def told(home: Home, watcher: Subscription) -> list[tuple[str, object]]:
    home.followed.step()
    return [(event.name, json.loads(event.data)) for event in await watcher.take(0.05)]


async def test_a_new_value_is_told_once_with_the_device_it_is_of() -> None:
    home = Home()
    watcher = home.hub.subscribe(frozenset({WEI}))
    assert await told(home, watcher) == []
    home.measure(0, 71.0)
    home.measure(5, 72.0, OTHER_STRAP)
    home.measure(10, 73.0)
    assert await told(home, watcher) == [
        ("heart_rate", {"device": STRAP, "points": [[NOW_MS, 71.0, None], [NOW_MS + 10, 73.0, None]]}),
        ("heart_rate", {"device": OTHER_STRAP, "points": [[NOW_MS + 5, 72.0, None]]}),
    ]
    home.hear()
    assert await told(home, watcher) == []


async def test_strips_gaps_and_reports_are_told_once_too() -> None:
    home = Home()
    watcher = home.hub.subscribe(frozenset({WEI}))
    await told(home, watcher)
    home.series.strips[WEI, "ecg"] = [strip(0), strip(1_000)]
    missing = Gap(
        device=STRAP, kind="ecg", from_ms=NOW_MS - 900, to_ms=NOW_MS - 400, reason=GapReason.LINK_LOST
    )
    home.occurrences.missing[WEI, "ecg"] = [missing]
    home.report(STRAP, NOW_MS)
    home.hear()
    first = await told(home, watcher)
    assert [name for name, _ in first] == ["ecg", "ecg", "device", "gap"]
    home.series.strips[WEI, "ecg"].append(strip(2_000))
    home.hear()
    (second,) = await told(home, watcher)
    assert second[0] == "ecg"
    assert isinstance(second[1], dict)
    assert second[1]["t0_ms"] == NOW_MS + 2_000


async def test_one_who_begins_to_watch_is_told_the_last_seconds_and_not_what_is_history() -> None:
    home = Home()
    home.measure(-30_000, 60.0)
    home.measure(-2_000, 61.0)
    watcher = home.hub.subscribe(frozenset({WEI}))
    ((name, data),) = await told(home, watcher)
    assert (name, data) == ("heart_rate", {"device": STRAP, "points": [[NOW_MS - 2_000, 61.0, None]]})


async def test_what_comes_late_is_left_to_the_api() -> None:
    home = Home()
    watcher = home.hub.subscribe(frozenset({WEI}))
    await told(home, watcher)
    home.clock.advance(600)
    home.measure(500_000, 60.0)
    assert await told(home, watcher) == []
    home.measure(599_000, 61.0)
    assert [name for name, _ in await told(home, watcher)] == ["heart_rate"]


class Untouched(FakeBackOffice):
    """Fails the test that asks it anything."""

    def heard_devices(self) -> list[HeardDevice]:
        raise AssertionError("nobody watches")


async def test_nothing_is_read_for_whom_nobody_watches_or_of_whom_alerts_alone_are_watched() -> None:
    home = Home()
    home.followed.gateways = Untouched()
    home.hub.subscribe(frozenset({WEI}), names=frozenset({"alert"}))
    home.followed.step()
    watcher = home.hub.subscribe(frozenset({WEI}))
    with pytest.raises(AssertionError, match="nobody watches"):
        home.followed.step()
    home.hub.unsubscribe(watcher)
    home.followed.step()
