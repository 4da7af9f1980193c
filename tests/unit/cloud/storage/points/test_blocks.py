import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.storage.points.blocks import pack_points, pack_sums, unpack_points, unpack_sums
from cloud.storage.points.columns import NOT_DATED, Points
from cloud.storage.points.sums import Sums

HOUR_MS = 3_600_000
START_MS = 1_800_000_000_000 // HOUR_MS * HOUR_MS
ROWS = st.lists(
    st.tuples(
        st.integers(0, HOUR_MS - 1),
        st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 300).map(float),
        st.floats(0, 1) | st.none(),
        st.integers(-(2**53), 2**53) | st.none(),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[0],
).map(sorted)


def points(rows: list) -> Points:
    into_ms, value, quality, device_ms = zip(*rows, strict=True)
    return Points(
        t_ms=START_MS + np.array(into_ms, np.int64),
        value=np.array(value, np.float64),
        quality=np.array(quality, np.float64),
        device_ms=np.array([NOT_DATED if ms is None else ms for ms in device_ms], np.int64),
    )


def heart(seed: int = 1, count: int = 3600) -> Points:
    """An hour of a strap: a reading a second, some milliseconds off, in whole beats a minute."""
    chance = np.random.default_rng(seed)
    jitter_ms = np.clip(chance.normal(0, 20, count), -450, 450).astype(np.int64)
    return Points(
        t_ms=START_MS + np.arange(count) * 1000 + 500 + jitter_ms,
        value=72.0 + np.cumsum(chance.choice([-1, 0, 0, 0, 1], count)),
        quality=np.full(count, np.nan),
        device_ms=np.full(count, NOT_DATED),
    )


@given(ROWS)
def test_points_come_back_bit_for_bit(rows: list) -> None:
    kept = points(rows)
    found = unpack_points(pack_points(kept))
    for name in ("t_ms", "value", "quality", "device_ms"):
        assert getattr(found, name).view(np.int64).tolist() == getattr(kept, name).view(np.int64).tolist()


def test_an_hour_of_a_heart_takes_little_more_than_a_byte_a_point() -> None:
    assert len(pack_points(heart())) / 3600 < 1.4


@pytest.mark.parametrize("scale", [1.0, 100.0, np.pi])
def test_sums_of_minutes_come_back(scale: float) -> None:
    hour = heart()
    sums = Sums.of_values(hour.t_ms, hour.value / scale).every(60_000)
    found = unpack_sums(pack_sums(sums))
    assert found.from_ms.tolist() == sums.from_ms.tolist()
    assert found.count.tolist() == sums.count.tolist()
    assert found.minimum.tolist() == sums.minimum.tolist()
    assert found.maximum.tolist() == sums.maximum.tolist()
    assert found.mean == pytest.approx(sums.mean, rel=1e-13)
    assert found.squares == pytest.approx(sums.squares, rel=1e-9, abs=1e-9)


def test_the_sums_of_an_hour_of_a_heart_take_less_than_ten_bytes_a_minute() -> None:
    hour = heart()
    assert len(pack_sums(Sums.of_values(hour.t_ms, hour.value).every(60_000))) < 600


def test_no_sums_are_packed_too() -> None:
    none = Sums.joined(())
    assert len(unpack_sums(pack_sums(none)).count) == 0
