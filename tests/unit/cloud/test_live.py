import asyncio
import base64
import json
import threading

import pytest

from cloud.live import HELD_EVENTS, LATE_MS, QUEUE_EVENTS, LiveHub, RecordsToLive, Subscription
from cloud.live_ids import IDS_A_STREAM, MOST_STREAMS, StreamIds
from cloud.ports import IdentifiedRecord
from tests.fakes.cloud_services import CountedRandomness
from vitals.records import AnyRecord, DeviceReport, Gap, GapReason, LinkState, ObservationRun, Waveform

WEI = frozenset({"p-wei"})
NOW_MS = 1_700_000_000_000


def a_hub() -> LiveHub:
    return LiveHub(StreamIds(CountedRandomness()))


def ids_until(hub: LiveHub, number: int) -> list[str]:
    """Return the ids under which one stream would have sent the hub's events up to a number."""
    stream = hub.ids.begin()
    return [hub.ids.next(stream, each) for each in range(1, number + 1)]


async def numbers(watcher: Subscription) -> list[int]:
    return [json.loads(event.data) for event in await watcher.take(0.2)]


async def test_a_watcher_hears_what_happens_to_its_patient_and_nothing_else() -> None:
    hub = a_hub()
    watcher = hub.subscribe(WEI)
    hub.publish("p-wei", "heart_rate", 1)
    hub.publish("p-ama", "heart_rate", 2)
    hub.publish("p-wei", "alert", 3)
    assert await numbers(watcher) == [1, 3]


async def test_a_watcher_of_alerts_hears_alerts_alone() -> None:
    hub = a_hub()
    watcher = hub.subscribe(WEI, names=frozenset({"alert"}))
    hub.publish("p-wei", "ecg", 1)
    hub.publish("p-wei", "alert", 2)
    assert await numbers(watcher) == [2]


async def test_events_of_many_threads_all_arrive_in_the_order_of_their_numbers() -> None:
    hub = a_hub()
    watcher = hub.subscribe(WEI)

    def publish_many() -> None:
        for number in range(50):
            hub.publish("p-wei", "alert", number)

    threads = [threading.Thread(target=publish_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    heard: list[int] = []
    while len(heard) < 200:
        heard += [event.number for event in await watcher.take(1.0)]
    for thread in threads:
        thread.join()
    assert heard == list(range(1, 201))


async def test_who_cannot_keep_up_is_told_and_costs_bounded_memory() -> None:
    hub = a_hub()
    watcher = hub.subscribe(WEI)
    for number in range(QUEUE_EVENTS + 50):
        hub.publish("p-wei", "alert", number)
    assert watcher.overflowed
    assert len(await watcher.take(0.2)) == QUEUE_EVENTS


async def test_publishing_never_waits_for_a_watcher_whose_loop_is_gone() -> None:
    hub = a_hub()

    async def watch() -> None:
        hub.subscribe(WEI)

    await asyncio.to_thread(lambda: asyncio.run(watch()))
    hub.publish("p-wei", "alert", 1)
    assert hub.watchers == 1


async def test_a_reconnecting_page_is_given_what_it_missed() -> None:
    hub = a_hub()
    for number in range(1, 6):
        hub.publish("p-wei", "alert", number)
        hub.publish("p-ama", "alert", -number)
    watcher = hub.subscribe(WEI, last_event_id=ids_until(hub, 5)[-1])
    assert await numbers(watcher) == [4, 5]
    assert not watcher.overflowed


@pytest.mark.parametrize("last", ["other-3", "boot-x", "boot-", "", "\u0663", "-", "0"])
async def test_a_page_from_another_life_is_told_to_reload(last: str) -> None:
    hub = a_hub()
    hub.publish("p-wei", "alert", 1)
    assert hub.subscribe(WEI, last_event_id=last).overflowed


async def test_a_page_that_missed_more_than_is_held_is_told_to_reload() -> None:
    hub = a_hub()
    for number in range(HELD_EVENTS + 5):
        hub.publish("p-wei", "alert", number)
    assert hub.subscribe(WEI, last_event_id=ids_until(hub, 3)[-1]).overflowed
    assert not hub.subscribe(WEI, last_event_id=ids_until(hub, HELD_EVENTS)[-1]).overflowed


async def test_no_id_tells_how_much_happens_to_others() -> None:
    hub = a_hub()
    watcher = hub.subscribe(WEI)
    first = hub.newest_id(watcher)
    for _ in range(50):
        hub.publish("p-ama", "alert", 0)
    hub.publish("p-wei", "alert", 1)
    (event,) = await watcher.take(0.2)
    name, _, counted = hub.id_of(event, watcher).rpartition("-")
    assert (first, counted) == (f"{name}-1", "2")
    assert name not in hub.newest_id(hub.subscribe(WEI))


async def test_an_id_that_was_forgotten_has_the_page_reload() -> None:
    hub = a_hub()
    old, *_, new = ids_until(hub, IDS_A_STREAM + 1)
    assert (hub.ids.number(old), hub.ids.number(new)) == (None, IDS_A_STREAM + 1)
    for _ in range(MOST_STREAMS):
        hub.ids.next(hub.ids.begin(), 1)
    assert hub.ids.number(new) is None


async def test_closing_wakes_every_watcher() -> None:
    hub = a_hub()
    watcher = hub.subscribe(WEI)
    asyncio.get_running_loop().call_later(0.05, hub.close)
    async with asyncio.timeout(1):
        assert await watcher.take(30) == ()
    assert hub.closed


async def test_a_watcher_that_left_is_forgotten() -> None:
    hub = a_hub()
    watcher = hub.subscribe(WEI)
    hub.unsubscribe(watcher)
    hub.publish("p-wei", "alert", 1)
    assert hub.watchers == 0
    assert await watcher.take(0.05) == ()


class Heard:
    def __init__(self) -> None:
        self.events: list[tuple[str, str, object]] = []

    def publish(self, patient_id: str, event: str, data: object) -> None:
        self.events.append((patient_id, event, data))


def committed(record: AnyRecord, patient_id: str | None = "p-wei") -> IdentifiedRecord:
    return IdentifiedRecord(
        gateway="hall", epoch="e-obs", seq=1, record=record, patient_id=patient_id, received_ms=NOW_MS
    )


def live_of(*records: IdentifiedRecord) -> list[tuple[str, str, object]]:
    heard = Heard()
    RecordsToLive(feed=heard).on_committed(records)
    return heard.events


def run_of(*t_ms: int, kind: str = "heart_rate") -> ObservationRun:
    return ObservationRun(
        device="c0-01", kind=kind, t_ms=list(t_ms), value=[70.0 + n for n in range(len(t_ms))]
    )


def test_heart_rate_becomes_points_and_other_kinds_do_not() -> None:
    assert live_of(committed(run_of(NOW_MS)), committed(run_of(NOW_MS, kind="rr_interval"))) == [
        ("p-wei", "heart_rate", {"device": "c0-01", "points": [(NOW_MS, 70.0, None)]})
    ]


def test_history_that_arrives_late_is_not_live() -> None:
    late = NOW_MS - LATE_MS - 1
    assert live_of(committed(run_of(late, NOW_MS))) == [
        ("p-wei", "heart_rate", {"device": "c0-01", "points": [(NOW_MS, 71.0, None)]})
    ]
    assert live_of(committed(run_of(late))) == []


def test_a_strip_becomes_what_the_waveforms_api_would_give() -> None:
    strip = Waveform(
        device="c0-01", kind="ecg", t0_ms=NOW_MS, rate_hz=130.0, samples=b"\x01\x00", scale=0.001, lead="I"
    )
    [(patient, event, data)] = live_of(committed(strip))
    assert (patient, event) == ("p-wei", "ecg")
    assert isinstance(data, dict)
    assert base64.b64decode(data["samples"]) == b"\x01\x00"


def test_devices_and_gaps_are_told() -> None:
    report = DeviceReport(device="c0-01", t_ms=NOW_MS, link=LinkState.SILENT)
    gap = Gap(device="c0-01", kind="ecg", from_ms=NOW_MS - 9, to_ms=NOW_MS, reason=GapReason.LINK_LOST)
    assert [event for _, event, _ in live_of(committed(report), committed(gap))] == ["device", "gap"]


def test_what_nobody_wears_is_told_to_nobody() -> None:
    assert live_of(committed(run_of(NOW_MS), patient_id=None)) == []
