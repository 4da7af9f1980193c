"""Points and strips are read as they were measured."""

from cloud.ports import ClockDoubt
from tests.contracts.records import NOW_MS, OTHER_STRAP, STRAP, identified, run, strip
from tests.contracts.series.store import HOUR_MS, WRONG, Store, fix, values


class SeriesReaderContract:
    """Ranges are half open, the newest win, and what is left out is said."""

    def test_a_late_point_is_found_at_its_time(self, store: Store) -> None:
        store.commit([identified(run((10, 60), (30, 62)), 1)])
        store.commit([identified(run((20, 61)), 2)])
        assert values(store) == [60, 61, 62]

    def test_points_of_two_devices_at_one_millisecond_both_survive(self, store: Store) -> None:
        store.commit([identified(run((10, 60)), 1), identified(run((10, 70), device=OTHER_STRAP), 2)])
        series = store.observations("wei", "heart_rate", 10, 11, 10)
        assert {(p.device, p.value) for p in series.points} == {(STRAP, 60), (OTHER_STRAP, 70)}

    def test_a_range_holds_its_start_and_not_its_end(self, store: Store) -> None:
        store.commit([identified(run((10, 1), (20, 2), (30, 3)), 1)])
        assert values(store, from_ms=10, to_ms=30) == [1, 2]
        assert values(store, from_ms=11, to_ms=31) == [2, 3]
        assert values(store, from_ms=20, to_ms=20) == []

    def test_the_newest_points_win_and_the_omitted_are_counted(self, store: Store) -> None:
        store.commit([identified(run(*((t, float(t)) for t in range(10))), 1)])
        series = store.observations("wei", "heart_rate", 0, 9, 3)
        assert [p.t_ms for p in series.points] == [6, 7, 8]
        assert series.omitted == 6
        assert store.observations("wei", "heart_rate", 0, 9, 0).omitted == 9

    def test_quality_is_kept_and_unknown_quality_stays_unknown(self, store: Store) -> None:
        rated = run((1, 60.25))
        rated = type(rated)(device=rated.device, kind=rated.kind, t_ms=[1], value=[60.25], quality=[0.5])
        store.commit([identified(rated, 1), identified(run((2, 61)), 2)])
        points = store.observations("wei", "heart_rate", 0, 9, 9).points
        assert [(p.value, p.quality) for p in points] == [(60.25, 0.5), (61, None)]

    def test_nobody_sees_another_patients_points(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1), identified(run((1, 90)), 2, patient_id="ana")])
        assert values(store) == [60]
        assert store.latest("ana")["heart_rate"].value == 90
        assert store.latest("nobody") == {}

    def test_what_an_unbound_device_measures_is_nobodys(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1, patient_id=None)])
        assert values(store) == []
        assert [p.value for p in store.observations("", "heart_rate", 0, 9, 9).points] == [60]

    def test_the_latest_point_of_each_kind_is_by_effective_time(self, store: Store) -> None:
        store.commit([identified(run((20, 62), (10, 61)), 1)])
        store.commit(
            [
                identified(run((15, 60), device=OTHER_STRAP), 2),
                identified(run((9, 97), kind="oxygen_saturation"), 3),
            ]
        )
        latest = store.latest("wei")
        assert {kind: (p.t_ms, p.value) for kind, p in latest.items()} == {
            "heart_rate": (20, 62),
            "oxygen_saturation": (9, 97),
        }

    def test_many_patients_are_read_at_once_as_one_by_one(self, store: Store) -> None:
        store.commit([identified(run((1, 60)), 1), identified(run((2, 90)), 2, patient_id="ana")])
        store.commit([identified(run((3, 97), kind="oxygen_saturation"), 3)])
        found = store.latest_of(["wei", "ana", "nobody"])
        assert found == {"wei": store.latest("wei"), "ana": store.latest("ana")}
        assert store.latest_of(iter(["ana"]))["ana"]["heart_rate"].value == 90

    def test_columns_say_of_each_point_which_device_saw_it(self, store: Store) -> None:
        store.commit([identified(run((1, 60), (3, 62)), 1), identified(run((2, 70), device=OTHER_STRAP), 2)])
        series = store.observations("wei", "heart_rate", 0, 9, 9)
        assert (series.t_ms.tolist(), series.value.tolist()) == ([1, 2, 3], [60.0, 70.0, 62.0])
        assert [series.devices[place] for place in series.device_index] == [STRAP, OTHER_STRAP, STRAP]
        assert [point.quality for point in series.points] == [None, None, None]

    def test_a_point_from_the_future_is_kept_and_never_the_latest(self, store: Store) -> None:
        ahead = NOW_MS + 86_400_000
        store.commit([identified(run((NOW_MS, 60)), 1)])
        store.commit([identified(run((ahead, 99)), 2, clock_doubt=ClockDoubt.AHEAD)])
        assert store.latest("wei")["heart_rate"].value == 60
        assert values(store, from_ms=ahead, to_ms=ahead + 1) == [99]

    def test_a_strip_comes_back_sample_for_sample(self, store: Store) -> None:
        sent = strip(1_000, lead="I")
        store.commit([identified(sent, 1)])
        (found,) = store.waveforms("wei", "ecg", 1_000, 2_000)
        assert (found.samples, found.rate_hz, found.scale, found.offset, found.lead, found.device) == (
            sent.samples,
            250.0,
            0.001,
            0.0,
            "I",
            STRAP,
        )

    def test_strips_that_only_overlap_a_range_are_found(self, store: Store) -> None:
        store.commit([identified(strip(t0_ms), t0_ms // 1_000) for t0_ms in (1_000, 2_000, 3_000, 4_000)])
        found = store.waveforms("wei", "ecg", 2_500, 3_001)
        assert [one.t0_ms for one in found] == [2_000, 3_000]

    def test_a_long_strip_is_found_from_its_far_end(self, store: Store) -> None:
        store.commit([identified(strip(1_000, count=25_000), 1), identified(strip(90_000, count=10), 2)])
        assert [one.t0_ms for one in store.waveforms("wei", "ecg", 99_000, 100_000)] == [1_000]

    def test_two_leads_at_one_moment_both_survive(self, store: Store) -> None:
        store.commit([identified(strip(1_000, lead="I"), 1), identified(strip(1_000, lead="II"), 2)])
        assert [one.lead for one in store.waveforms("wei", "ecg", 0, 9_999)] == ["I", "II"]

    def test_where_there_are_strips_is_told_without_them(self, store: Store) -> None:
        times_ms = (1_000, 2_000, 3_099, 5_000)
        store.commit([identified(strip(t0_ms), number) for number, t0_ms in enumerate(times_ms, 1)])
        assert store.waveform_spans("wei", "ecg", 0, 9_999) == [(1_000, 4_100), (5_000, 6_001)]
        assert store.waveform_spans("wei", "ecg", 1_500, 5_500) == [(1_500, 4_100), (5_000, 5_500)]
        assert store.waveform_spans("wei", "ecg", 4_100, 5_000) == []
        assert store.waveform_spans("wei", "ppg", 0, 9_999) == []
        assert store.waveform_spans("ana", "ecg", 0, 9_999) == []

    def test_a_long_strip_under_a_short_one_is_one_span(self, store: Store) -> None:
        store.commit([identified(strip(1_000, count=25_000), 1), identified(strip(2_000, lead="II"), 2)])
        assert store.waveform_spans("wei", "ecg", 0, 200_000) == [(1_000, 101_001)]

    def test_where_there_are_strips_moves_with_the_clock_that_stamped_them(self, store: Store) -> None:
        store.commit([identified(strip(1_000), 1, clock=WRONG)], (), [fix(HOUR_MS)])
        assert store.waveform_spans("wei", "ecg", 0, 2 * HOUR_MS) == [(HOUR_MS + 1_000, HOUR_MS + 2_001)]
