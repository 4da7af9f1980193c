"""What the gateway judges by itself: each row at its limit, held, with hysteresis, on samples of now."""

from itertools import count

import pytest

from edge.alarms.health_limits import HEALTH_LIMITS, Direction, HealthLimit, LimitWatch
from vitals.kinds import OBSERVATION_KINDS
from vitals.records import ObservationRun, Phase

STRAP = "c0-00-00-00-00-01"
T0_MS = 1_700_000_000_000
BY_KEY = {row.key: row for row in HEALTH_LIMITS}


class Bench:
    """Samples as they come, each at its own time, every so many seconds."""

    def __init__(self, limit: HealthLimit) -> None:
        numbers = count(1)
        self.limit = limit
        self.watch = LimitWatch(new_id=lambda: f"episode-{next(numbers)}")
        self.t_ms = T0_MS
        self.turns: list[tuple[Phase, str, int]] = []

    @property
    def every_s(self) -> int:
        return max(1, self.limit.longest_gap_s // 2)

    def see(self, value: float, *, quality: float | None = None, after_s: float | None = None) -> None:
        self.t_ms += round(1000 * (self.every_s if after_s is None else after_s))
        run = ObservationRun(
            device=STRAP,
            kind=self.limit.kind,
            t_ms=[self.t_ms],
            value=[value],
            quality=None if quality is None else [quality],
        )
        self.turns += [
            (turn.phase, turn.event_id, turn.t_ms) for turn in self.watch.take(run, now_ms=self.t_ms)
        ]

    def hold(self, value: float, for_s: float, *, quality: float | None = None) -> None:
        for _ in range(int(for_s // self.every_s) + 2):
            self.see(value, quality=quality)

    @property
    def within(self) -> float:
        """The nearest value that is not beyond the limit."""
        step = OBSERVATION_KINDS[self.limit.kind].resolution
        return self.limit.limit + (step if self.limit.direction is Direction.BELOW else -step)


@pytest.fixture(params=HEALTH_LIMITS, ids=lambda row: row.key)
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


def phases(bench: Bench) -> list[Phase]:
    return [phase for phase, _, _ in bench.turns]


def test_the_limit_itself_held_long_enough_begins_an_episode_and_back_to_usual_ends_it(bench: Bench) -> None:
    bench.hold(bench.limit.limit, bench.limit.hold_s)
    bench.hold(bench.limit.clear_at, bench.limit.clear_s)
    assert phases(bench) == [Phase.ONSET, Phase.END]
    assert {event_id for _, event_id, _ in bench.turns} == {"episode-1"}


@pytest.mark.parametrize("is_open", [False, True])
def test_a_clock_set_back_by_a_day_keeps_no_episode_from_beginning_or_ending(
    bench: Bench, *, is_open: bool
) -> None:
    bench.hold(bench.limit.limit, bench.limit.hold_s if is_open else 0)
    before = phases(bench)
    bench.t_ms -= 24 * 3_600_000
    if is_open:
        bench.hold(bench.limit.clear_at, bench.limit.clear_s)
    else:
        bench.hold(bench.limit.limit, bench.limit.hold_s)
    assert phases(bench) == [*before, Phase.END if is_open else Phase.ONSET]


def test_a_sample_from_the_future_blinds_nobody_to_what_follows(bench: Bench) -> None:
    late = ObservationRun(
        device=STRAP, kind=bench.limit.kind, t_ms=[T0_MS + 10 * 24 * 3_600_000], value=[bench.within]
    )
    assert bench.watch.take(late, now_ms=T0_MS) == []
    bench.hold(bench.limit.limit, bench.limit.hold_s)
    assert phases(bench) == [Phase.ONSET]


def test_the_next_value_within_never_begins_one(bench: Bench) -> None:
    bench.hold(bench.within, 3 * bench.limit.hold_s)
    assert bench.turns == []


def test_an_episode_begins_when_it_has_held_and_not_before(bench: Bench) -> None:
    bench.see(bench.limit.limit)
    began_ms = bench.t_ms
    bench.hold(bench.limit.limit, bench.limit.hold_s)
    (_, _, t_ms) = bench.turns[0]
    assert 0 <= t_ms - began_ms - 1000 * bench.limit.hold_s < 1000 * bench.every_s


def test_one_sample_within_begins_the_time_anew(bench: Bench) -> None:
    for _ in range(5):
        bench.hold(bench.limit.limit, bench.limit.hold_s - 3 * bench.every_s)
        bench.see(bench.within)
    assert bench.turns == []


def test_between_limit_and_usual_an_episode_goes_on(bench: Bench) -> None:
    bench.hold(bench.limit.limit, bench.limit.hold_s)
    bench.hold(bench.within, 3 * bench.limit.clear_s)
    assert phases(bench) == [Phase.ONSET]


def test_samples_too_far_apart_prove_nothing_of_the_time_between(bench: Bench) -> None:
    for _ in range(20):
        bench.see(bench.limit.limit, after_s=bench.limit.longest_gap_s + 1)
    assert bench.turns == []


def test_values_nobody_should_trust_neither_begin_nor_end(bench: Bench) -> None:
    bench.hold(bench.limit.limit, 3 * bench.limit.hold_s, quality=0.5)
    assert bench.turns == []
    bench.hold(bench.limit.limit, bench.limit.hold_s, quality=1.0)
    bench.hold(bench.limit.clear_at, 3 * bench.limit.clear_s, quality=0.0)
    assert phases(bench) == [Phase.ONSET]


def test_what_nobody_living_can_show_is_no_alarm(bench: Bench) -> None:
    low, high = OBSERVATION_KINDS[bench.limit.kind].plausible
    bench.hold(low - 1 if bench.limit.direction is Direction.BELOW else high + 1, 3 * bench.limit.hold_s)
    assert bench.turns == []


def test_a_second_episode_has_a_name_of_its_own(bench: Bench) -> None:
    for _ in range(2):
        bench.hold(bench.limit.limit, bench.limit.hold_s)
        bench.hold(bench.limit.clear_at, bench.limit.clear_s)
    assert [event_id for _, event_id, _ in bench.turns] == ["episode-1"] * 2 + ["episode-2"] * 2


def test_readings_fetched_from_a_wearables_memory_are_no_alarm_of_now() -> None:
    watch = LimitWatch(new_id=lambda: "episode")
    t_ms = [T0_MS + 1000 * second for second in range(600)]
    stored = ObservationRun(device=STRAP, kind="heart_rate", t_ms=t_ms, value=[30.0] * 600)
    assert watch.take(stored, now_ms=t_ms[-1] + 3_600_000) == []


def test_a_run_of_many_samples_is_followed_sample_by_sample() -> None:
    watch = LimitWatch(new_id=lambda: "episode")
    t_ms = [T0_MS + 1000 * second for second in range(12)]
    for start in range(0, 120, 12):
        run = ObservationRun(
            device=STRAP, kind="heart_rate", t_ms=[t + 1000 * start for t in t_ms], value=[38.0] * 12
        )
        turns = watch.take(run, now_ms=run.t_ms[-1])
        if turns:
            break
    assert [(turn.limit.key, turn.device, turn.t_ms) for turn in turns] == [
        ("heart-rate-very-low", STRAP, T0_MS + 30_000)
    ]


def test_two_wearers_do_not_add_up() -> None:
    watch = LimitWatch(new_id=lambda: "episode")
    for second in range(0, 60, 10):
        for device in (STRAP, "c0-00-00-00-00-02") if second % 20 else (STRAP,):
            value = 38.0 if device != STRAP else 70.0
            run = ObservationRun(
                device=device, kind="heart_rate", t_ms=[T0_MS + 1000 * second], value=[value]
            )
            assert watch.take(run, now_ms=run.t_ms[0]) == []


def test_every_row_cites_a_source_and_leaves_room_between_limit_and_usual() -> None:
    for row in HEALTH_LIMITS:
        assert row.source
        assert not row.is_beyond(row.clear_at)
        assert not row.is_clear(row.limit)
