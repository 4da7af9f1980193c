"""What happened, what is missing, and what devices and gateways say."""

from tests.contracts.records import (
    NOW_MS,
    OTHER_STRAP,
    STRAP,
    command_report,
    device_report,
    event,
    gap,
    gateway_report,
    identified,
    run,
    strip,
)
from tests.contracts.series.store import HOUR_MS, WRONG, Store, fix
from vitals.records import Phase


class OccurrenceContract:
    """Events, gaps and reports come back as they were sent."""

    def test_an_event_and_its_end_are_read_in_order(self, store: Store) -> None:
        onset, end = event(10), event(20, phase=Phase.END)
        store.commit([identified(end, 2), identified(onset, 1)])
        assert store.events("wei", 10, 21) == (onset, end)
        assert store.events("wei", 11, 20) == ()
        assert store.events("ana", 0, 99) == ()

    def test_events_gaps_and_strips_move_with_the_clock_that_stamped_them(self, store: Store) -> None:
        store.commit(
            [
                identified(event(1000), 1, clock=WRONG),
                identified(gap(1000, 3000), 2, clock=WRONG),
                identified(strip(1000), 3, clock=WRONG),
            ],
            (),
            [fix(HOUR_MS)],
        )
        (happened,) = store.events("wei", HOUR_MS, 2 * HOUR_MS)
        assert (happened.t_ms, happened.noticed_ms) == (HOUR_MS + 1000, HOUR_MS + 1040)
        (missing,) = store.gaps("wei", "ecg", HOUR_MS, 2 * HOUR_MS)
        assert (missing.from_ms, missing.to_ms) == (HOUR_MS + 1000, HOUR_MS + 3000)
        (seen,) = store.waveforms("wei", "ecg", HOUR_MS, 2 * HOUR_MS)
        assert seen.t0_ms == HOUR_MS + 1000
        assert not store.events("wei", 0, HOUR_MS)

    def test_gaps_that_overlap_a_range_are_read(self, store: Store) -> None:
        store.commit([identified(gap(10, 20), 1), identified(gap(30, 30), 2)])
        assert store.gaps("wei", "ecg", 19, 25) == (gap(10, 20),)
        assert store.gaps("wei", "ecg", 20, 31) == (gap(30, 30),)
        assert store.gaps("wei", "heart_rate", 0, 99) == ()

    def test_the_newest_words_of_devices_are_read_in_order(self, store: Store) -> None:
        first, second = device_report(10), device_report(20, 75, OTHER_STRAP)
        store.commit([identified(second, 2), identified(first, 1), identified(device_report(30), 3)])
        assert store.device_reports("wei", 10, 30, 9) == (first, second)
        assert store.device_reports("wei", 10, 30, 1) == (second,)
        assert store.device_reports("ana", 0, 99, 9) == ()

    def test_words_of_devices_move_with_the_clock_that_stamped_them(self, store: Store) -> None:
        store.commit([identified(device_report(1000), 1, clock=WRONG)], (), [fix(HOUR_MS)])
        (said,) = store.device_reports("wei", HOUR_MS, 2 * HOUR_MS, 9)
        assert said.t_ms == HOUR_MS + 1000

    def test_the_report_of_a_gateway_that_came_last_is_read(self, store: Store) -> None:
        store.commit([identified(gateway_report(NOW_MS + 9), 1, patient_id=None, received_ms=5)])
        store.commit([identified(gateway_report(NOW_MS), 2, patient_id=None, received_ms=6)])
        assert store.gateway_report("home-1") == (gateway_report(NOW_MS), 6)
        assert store.gateway_report("home-9") is None

    def test_the_answer_to_a_command_is_accounted_for_as_every_record(self, store: Store) -> None:
        answer = identified(command_report(), 1, patient_id=None)
        outcomes = [store.commit([answer]) for _ in range(2)]
        assert [(one.fresh, one.duplicates) for one in outcomes] == [(1, 0), (0, 1)]
        assert store.pending(10) == ()

    def test_hearing_is_noted_by_the_servers_clock_even_for_duplicates(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1, received_ms=100)])
        store.commit([identified(run((1, 60)), 1, received_ms=200)])
        assert store.heard_gateways() == {"home-1": 200}
        assert [(h.device, h.gateway, h.received_ms) for h in store.heard_devices()] == [
            (STRAP, "home-1", 200)
        ]

    def test_hearing_goes_back_with_the_servers_clock(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1, received_ms=200)])
        store.commit([identified(device_report(), 2, received_ms=150)])
        assert store.heard_gateways() == {"home-1": 150}
        assert [heard.received_ms for heard in store.heard_devices()] == [150]
