import tempfile

import pytest

from carewire.bench.ingest import _growth, chosen
from carewire.bench.load import Sent
from carewire.bench.payloads import Payloads
from carewire.bench.ward import (
    KINDS,
    OBSERVATIONS_A_BATCH,
    RECORDS_A_BATCH,
    Burst,
    Shape,
    batch_of,
    records_of,
)
from vitals.kinds import OBSERVATION_KINDS
from vitals.wire.envelope import decode_sound, encode_batch

NOW_MS = 1_800_000_000_000


def points(shape: Shape, wearable: int, number: int) -> set[tuple[str, str, int, float]]:
    return {
        (record.device, record.kind, t_ms, value)
        for record in records_of(shape, wearable, number, NOW_MS)
        for t_ms, value in zip(record.t_ms, record.value, strict=True)
    }


def test_both_shapes_tell_the_same_points() -> None:
    for number in (0, 1, 143, 144):
        assert points(Shape.RUNS, 3, number) == points(Shape.SINGLE, 3, number)
        assert len(points(Shape.RUNS, 3, number)) == OBSERVATIONS_A_BATCH


def test_no_point_is_told_twice_and_no_second_is_left_out() -> None:
    told = [point[:3] for number in range(3) for point in sorted(points(Shape.RUNS, 0, number))]
    assert len(set(told)) == 3 * OBSERVATIONS_A_BATCH
    seconds = {(t_ms - NOW_MS) // 1000 for _, _, t_ms in told}
    assert seconds == set(range(150))


def test_values_are_of_living_people_in_the_steps_of_their_kind() -> None:
    for device, kind, _, value in points(Shape.RUNS, 0, 7):
        row = OBSERVATION_KINDS[kind]
        assert row.is_plausible(value), (device, kind, value)
        assert value / row.resolution == pytest.approx(round(value / row.resolution), abs=1e-6)


@pytest.mark.parametrize("shape", Shape)
def test_batches_of_a_gateway_are_sound_and_number_their_records_without_a_hole(shape: Shape) -> None:
    next_seq = 1
    for number in range(3):
        batch = decode_sound(encode_batch(batch_of(shape, 0, number, NOW_MS, NOW_MS + 10**9)))
        assert batch is not None
        assert batch.first_seq == next_seq
        next_seq += len(batch.records)
    assert next_seq == 3 * RECORDS_A_BATCH[shape] + 1
    assert {record.kind for record in records_of(shape, 0, 0, NOW_MS)} == set(KINDS)


def test_a_burst_leaves_no_observation_out_and_ends_before_now() -> None:
    burst = Burst(observations=1_001, gateways=2)
    assert (burst.batches, burst.sent) == (3, 1_200)
    last = records_of(Shape.RUNS, 0, burst.batches - 1, burst.start_ms(NOW_MS))[0].t_ms[-1]
    assert NOW_MS - 60_000 < last < NOW_MS


def test_payloads_are_read_back_as_they_were_made() -> None:
    with tempfile.TemporaryFile() as file:
        payloads = Payloads(file, [b"one", b"", b"three"])
        assert list(payloads) == [b"one", b"", b"three"]
        assert (len(payloads), payloads.mean_bytes) == (3, 2)


def sent(elapsed_s: float) -> Sent:
    return Sent(
        observations=2_000_000, elapsed_s=elapsed_s, cpu_s=1, ack_p50_ms=1, ack_p99_ms=1, batch_bytes=1
    )


def test_growth_is_told_of_the_second_half_alone() -> None:
    warming_up = [(float(s), 100.0 + 10 * s) for s in range(20)]
    steady = [(float(s), 300.0 + 0.5 * (s - 20)) for s in range(20, 41)]
    assert _growth([*warming_up, *steady], sent(40.0)) == pytest.approx(10.0)


def test_growth_of_a_run_too_short_to_tell_is_not_told() -> None:
    assert _growth([(0.0, 100.0), (0.5, 100.0)], sent(0.5)) is None


def test_the_headline_is_of_runs_and_of_a_service_that_only_takes_in() -> None:
    assert chosen([*Shape], with_alerts=True) == ["runs", "single", "runs_with_alerts", "single_with_alerts"]
    assert chosen([Shape.SINGLE], with_alerts=False) == ["single"]
