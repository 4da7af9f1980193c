from hypothesis import given
from hypothesis import strategies as st

from cloud.ingest.binding import (
    EARLIEST_MS,
    LATEST_AHEAD_MS,
    bind,
    clock_doubt,
    device_of,
    identify,
    identify_all,
    times_of_devices,
    wearer_at,
)
from cloud.ports import ClockDoubt, IdentifiedRecord, RecordClock, Wearing
from tests.contracts.records import NOW_MS, STRAP, event, gateway_report, run
from vitals.records import AnyRecord, ObservationRun

HISTORY = tuple(
    Wearing(from_ms=NOW_MS + from_ms, patient_id=patient_id)
    for from_ms, patient_id in ((0, "wei"), (10, "ana"), (20, "wei"))
)


def test_every_boundary_of_belief() -> None:
    boundaries = (EARLIEST_MS - 1, EARLIEST_MS, NOW_MS + LATEST_AHEAD_MS, NOW_MS + LATEST_AHEAD_MS + 1)
    assert [clock_doubt(t_ms, NOW_MS) for t_ms in boundaries] == [
        ClockDoubt.BEFORE_2020,
        None,
        None,
        ClockDoubt.AHEAD,
    ]


def test_a_wearer_holds_from_the_start_of_a_wearing_until_the_next() -> None:
    worn = [wearer_at(HISTORY, NOW_MS + t) for t in (-1, 0, 9, 10, 19, 20, 10**9)]
    assert worn == [None, "wei", "wei", "ana", "ana", "wei", "wei"]
    assert wearer_at((), NOW_MS) is None


def test_a_loan_inside_a_run_is_not_overlooked_when_both_ends_are_the_same_wearers() -> None:
    parts = list(bind(run((NOW_MS, 1), (NOW_MS + 10, 2), (NOW_MS + 20, 3)), HISTORY, NOW_MS))
    assert [(part.value, who) for part, who, _ in parts if isinstance(part, ObservationRun)] == [
        ([1, 3], "wei"),
        ([2], "ana"),
    ]


def test_a_gateways_own_report_is_nobodys() -> None:
    report = gateway_report()
    assert list(bind(report, (), NOW_MS)) == [(report, None, None)]


times = st.integers(-30, 30).map(lambda t: NOW_MS + t) | st.sampled_from([5, NOW_MS + LATEST_AHEAD_MS + 1])


@given(st.lists(st.tuples(times, st.floats(0, 9)), min_size=1, max_size=8))
def test_parts_hold_every_sample_once_with_its_own_wearer_and_doubt(points: list[tuple[int, float]]) -> None:
    found = [
        (t, v, who, doubt)
        for part, who, doubt in bind(run(*points), HISTORY, NOW_MS)
        if isinstance(part, ObservationRun)
        for t, v in zip(part.t_ms, part.value, strict=True)
    ]
    expected = [(t, v, wearer_at(HISTORY, t), clock_doubt(t, NOW_MS)) for t, v in points]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_quality_and_what_the_device_said_of_time_go_with_their_sample() -> None:
    rated = ObservationRun(
        device="c0-00",
        kind="heart_rate",
        t_ms=[NOW_MS, NOW_MS + 10],
        value=[1, 2],
        quality=[0.1, 0.2],
        device_ms=[7, 17],
    )
    parts = [part for part, _, _ in bind(rated, HISTORY, NOW_MS) if isinstance(part, ObservationRun)]
    assert [part.quality for part in parts] == [[0.1], [0.2]]
    assert [part.device_ms for part in parts] == [[7], [17]]


def identified(*records: AnyRecord, clock: RecordClock | None = None) -> list[IdentifiedRecord]:
    numbered = list(enumerate(records, 7))
    return identify_all(
        numbered,
        times_of_devices(numbered),
        {STRAP: HISTORY},
        gateway="home-1",
        epoch="abcd1234-observations",
        received_ms=NOW_MS,
        clock=clock,
    )


runs = st.lists(st.tuples(times, st.floats(0, 9)), min_size=1, max_size=3).map(lambda points: run(*points))
clocks = st.sampled_from(
    [
        None,
        RecordClock(boot_id="boot", offset_ms=0, shift_ms=None),
        RecordClock(boot_id="boot", offset_ms=0, shift_ms=12),
    ]
)


@given(st.lists(runs | times.map(event) | st.just(gateway_report()), min_size=1, max_size=5), clocks)
def test_a_delivery_is_bound_as_each_of_its_records_by_itself(
    records: list[AnyRecord], clock: RecordClock | None
) -> None:
    assert identified(*records, clock=clock) == [
        item
        for seq, record in enumerate(records, 7)
        for item in identify(
            record,
            HISTORY if device_of(record) == STRAP else (),
            gateway="home-1",
            epoch="abcd1234-observations",
            seq=seq,
            received_ms=NOW_MS,
            clock=clock,
        )
    ]


def test_what_a_clock_nobody_knows_dated_is_only_wearers_or_nobodys() -> None:
    unknown = RecordClock(boot_id="earlier", offset_ms=0, shift_ms=None)

    def whose(history: tuple[Wearing, ...], received_ms: int) -> list[tuple[str | None, ClockDoubt | None]]:
        alone = [(who, doubt) for _, who, doubt in bind(run((50_000, 60)), history, received_ms, unknown)]
        records = [(1, run((50_000, 60)))]
        together = identify_all(
            records,
            times_of_devices(records),
            {STRAP: history},
            gateway="home",
            epoch="e",
            received_ms=received_ms,
            clock=unknown,
        )
        assert [(item.patient_id, item.clock_doubt) for item in together] == alone
        return alone

    assert whose(HISTORY[:1], NOW_MS + 5) == [("wei", ClockDoubt.UNSYNCED)]
    assert whose(HISTORY, NOW_MS + 5) == [("wei", ClockDoubt.UNSYNCED)]  # Ana's loan is still to come
    assert whose(HISTORY, NOW_MS + 15) == [(None, ClockDoubt.UNSYNCED)]
    assert whose(HISTORY, NOW_MS + 25) == [(None, ClockDoubt.UNSYNCED)]
    assert whose((HISTORY[0], HISTORY[2]), NOW_MS + 25) == [("wei", ClockDoubt.UNSYNCED)]
    assert whose((), NOW_MS) == [(None, ClockDoubt.UNSYNCED)]


def test_a_device_nobody_ever_wore_is_nobodys() -> None:
    records = [(1, run((NOW_MS, 60)))]
    (item,) = identify_all(
        records,
        times_of_devices(records),
        {},
        gateway="home-1",
        epoch="abcd1234-observations",
        received_ms=NOW_MS,
    )
    assert (item.patient_id, item.clock_doubt) == (None, None)
