"""Every record a book names is found, or named as lost; what was changed or made up is seen."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from carewire.chaos.book import Written
from carewire.chaos.evidence import Evidence
from carewire.chaos.maker import Maker
from carewire.chaos.tally import Standing, Tally, tally
from cloud.ports import Strip
from edge.outbox.lanes import extent_of, gap_for
from vitals.records import DeviceReport, Gap, GapReason, HealthEvent, ObservationRun, Waveform
from vitals.wire.envelope import encode_record

MAKER = Maker(gateway="attic", base_ms=1_700_000_000_000, strip_samples=26)
LAST = 600
BOOK = Written(kept=list(range(1, LAST + 1)), undecided=[])
RECORDS = [record for number in BOOK.kept for record in MAKER.records(number)]


def evidence() -> Evidence:
    """Return what is there when all went well."""
    return Evidence(
        points={
            t_ms: value for run in of(ObservationRun) for t_ms, value in zip(run.t_ms, run.value, strict=True)
        },
        strips={strip.t0_ms: kept(strip) for strip in of(Waveform)},
        events={(event.event_id, event.phase): event for event in of(HealthEvent)},
        gaps=[],
        quarantined={encode_record(report) for report in of(DeviceReport)},
        waiting=set(),
    )


def of(record_type: type) -> list[Any]:
    return [record for record in RECORDS if isinstance(record, record_type)]


def kept(strip: Waveform) -> Strip:
    return Strip(
        device=strip.device,
        kind=strip.kind,
        t0_ms=strip.t0_ms,
        rate_hz=strip.rate_hz,
        samples=strip.samples,
        scale=strip.scale,
        offset=strip.offset,
        lead=strip.lead,
    )


def without(there: Mapping[Any, Any], *keys: Any) -> dict[Any, Any]:
    return {key: value for key, value in there.items() if key not in keys}


def standings(found: Tally) -> dict[str, int]:
    return {standing.value: count for standing, count in found.standings.items() if count}


def test_no_two_samples_of_a_gateway_share_a_millisecond() -> None:
    times = [t_ms for run in of(ObservationRun) for t_ms in run.t_ms]
    assert len(times) == len(set(times))


def test_all_that_is_there_as_it_was_made_is_stored_or_set_aside() -> None:
    found = tally(MAKER, BOOK, evidence())
    assert found.made == len(RECORDS)
    assert standings(found) == {"stored": len(RECORDS) - 4, "quarantined": 4}
    assert not found.wrong


@pytest.mark.parametrize("record_type", [ObservationRun, Waveform, HealthEvent, DeviceReport])
def test_one_record_that_is_nowhere_is_lost_and_named(record_type: type) -> None:
    whole, gone = evidence(), of(record_type)[1]
    found = tally(
        MAKER,
        BOOK,
        replace(
            whole,
            points=without(whole.points, *getattr(gone, "t_ms", []))
            if isinstance(gone, ObservationRun)
            else whole.points,
            strips=without(whole.strips, getattr(gone, "t0_ms", None)),
            events=without(whole.events, (getattr(gone, "event_id", None), getattr(gone, "phase", None))),
            quarantined=whole.quarantined - {encode_record(gone)},
        ),
    )
    assert found.standings[Standing.LOST] == 1
    (line,) = found.wrong
    assert line.startswith("lost: attic, append ")
    assert str(extent_of(gone).from_ms) in line


def test_a_record_that_waits_is_not_lost() -> None:
    whole, run = evidence(), of(ObservationRun)[0]
    found = tally(
        MAKER, BOOK, replace(whole, points=without(whole.points, *run.t_ms), waiting={encode_record(run)})
    )
    assert found.standings[Standing.OUTBOX] == 1
    assert not found.wrong


def test_a_value_that_was_changed_and_a_run_that_is_there_in_part_are_altered() -> None:
    whole = evidence()
    one, other = of(ObservationRun)[:2]
    points = without(whole.points, other.t_ms[0]) | {one.t_ms[2]: 11.0}
    found = tally(MAKER, BOOK, replace(whole, points=points))
    assert found.standings[Standing.ALTERED] == 2
    assert len(found.wrong) == 2


def test_a_strip_and_an_event_that_were_changed_are_altered() -> None:
    whole, strip, event = evidence(), of(Waveform)[0], of(HealthEvent)[0]
    strips = dict(whole.strips) | {strip.t0_ms: replace(kept(strip), samples=b"\0\0")}
    changed = msgspec.structs.replace(event, t_ms=1)
    events = dict(whole.events) | {(event.event_id, event.phase): changed}
    found = tally(MAKER, BOOK, replace(whole, strips=strips, events=events))
    assert found.standings[Standing.ALTERED] == 2


def test_what_nobody_made_is_invented() -> None:
    whole = evidence()
    found = tally(
        MAKER,
        BOOK,
        replace(whole, points=dict(whole.points) | {1: 60.0}, quarantined={*whole.quarantined, b"x"}),
    )
    assert found.invented == 2
    assert found.wrong == ["invented: attic, a heart rate at 1", "invented: attic, set aside b'x'"]


def gap(first: Waveform, last: Waveform, missed: int) -> Gap:
    stated = gap_for(extent_of(first), GapReason.OUTBOX_FULL)
    return Gap(
        device=stated.device,
        kind=stated.kind,
        from_ms=stated.from_ms,
        to_ms=extent_of(last).to_ms,
        reason=stated.reason,
        missed=missed,
    )


def test_what_a_gap_states_is_declared_and_no_more_than_it_states() -> None:
    whole, (first, second, third) = evidence(), of(Waveform)[:3]
    strips = without(whole.strips, first.t0_ms, second.t0_ms, third.t0_ms)
    samples = len(first.samples) // 2
    found = tally(MAKER, BOOK, replace(whole, strips=strips, gaps=[gap(first, third, 3 * samples)]))
    assert standings(found)["declared_gaps"] == 3
    hiding = tally(MAKER, BOOK, replace(whole, strips=strips, gaps=[gap(first, third, 2 * samples)]))
    assert standings(hiding)["declared_gaps"] == 2
    assert hiding.standings[Standing.LOST] == 1
    narrow = tally(MAKER, BOOK, replace(whole, strips=strips, gaps=[gap(first, second, 9 * samples)]))
    assert narrow.standings[Standing.LOST] == 1


def test_what_a_kill_cut_short_is_there_whole_or_was_never_made() -> None:
    last = MAKER.records(LAST)
    cut = Written(kept=BOOK.kept[:-1], undecided=[LAST])
    assert tally(MAKER, cut, evidence()).made == len(RECORDS)
    whole = evidence()
    times = [t_ms for run in last if isinstance(run, ObservationRun) for t_ms in run.t_ms]
    gone = replace(
        whole,
        points=without(whole.points, *times),
        strips=without(whole.strips, *(one.t0_ms for one in last if isinstance(one, Waveform))),
        events=without(
            whole.events, *((one.event_id, one.phase) for one in last if isinstance(one, HealthEvent))
        ),
        quarantined=whole.quarantined - {encode_record(one) for one in last if isinstance(one, DeviceReport)},
    )
    never = tally(MAKER, cut, gone)
    assert never.made == len(RECORDS) - len(last)
    assert not never.wrong
    torn = tally(MAKER, cut, replace(whole, points=without(whole.points, *times)))
    assert torn.standings[Standing.LOST] == 5, "half of an append is no append"
