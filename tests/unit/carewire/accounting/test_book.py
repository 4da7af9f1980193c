"""The simulator's book, read as samples: what was heard of, once, in the units in which it is stored."""

import json
from pathlib import Path

import pytest

from carewire.accounting.book import Measured, read_book
from carewire.accounting.samples import Name
from vitals.gatt import uuids

STRAP, CUFF, BAND = "C0:CA:4E:00:00:01", "C0:CA:4E:00:00:02", "C0:CA:4E:00:00:03"
RATE = {"heart_rate_bpm": 60, "sensor_contact": "contact", "rr_intervals_ms": [1000.0, 500.0]}
PRESSURE = {"systolic": 121.0, "diastolic": 80.0, "mean_arterial_pressure": 93.0, "pulse_rate_bpm": None}


def line(device: str, uuid: str, lived_s: float, values: object, *, sent: bool = True) -> dict[str, object]:
    return {
        "device": device,
        "uuid": uuid,
        "sequence": None,
        "lived_s": lived_s,
        "wall_ms": 1e6 + 1000 * lived_s,
        "sent": sent,
        "values": values,
    }


def book(tmp_path: Path, *lines: dict[str, object], torn: str = "") -> Measured:
    path = tmp_path / "book.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in lines) + torn)
    return read_book(path)


def test_a_heart_rate_is_a_value_and_its_intervals_each_at_its_own_time(tmp_path: Path) -> None:
    found = book(tmp_path, line(STRAP, uuids.HEART_RATE_MEASUREMENT, 5, RATE)).values

    intervals = found[Name(device="c0-ca-4e-00-00-01", kind="rr_interval")]
    assert found[Name(device="c0-ca-4e-00-00-01", kind="heart_rate")].value.tolist() == [60.0]
    assert intervals.t_ms.tolist() == [1_004_500.0, 1_005_000.0]
    assert intervals.value.tolist() == [1000.0, 500.0]


def test_a_rate_without_contact_was_not_measured(tmp_path: Path) -> None:
    off = RATE | {"sensor_contact": "no-contact"}

    assert book(tmp_path, line(STRAP, uuids.HEART_RATE_MEASUREMENT, 5, off)).values == {}


def test_what_nobody_had_ever_listened_to_does_not_count_and_what_was_unheard_later_does(
    tmp_path: Path,
) -> None:
    lines = [
        line(STRAP, uuids.HEART_RATE_MEASUREMENT, second, RATE, sent=second == 6) for second in range(5, 8)
    ]
    rate = book(tmp_path, *lines).values[Name(device="c0-ca-4e-00-00-01", kind="heart_rate")]

    assert rate.t_ms.tolist() == [1_006_000.0, 1_007_000.0]


def test_a_reading_that_was_taken_and_told_again_and_again_counts_once(tmp_path: Path) -> None:
    lines = [
        line(CUFF, uuids.BLOOD_PRESSURE_MEASUREMENT, 5, PRESSURE, sent=sent) for sent in (False, True, True)
    ]
    found = book(tmp_path, *lines)

    assert found.values[Name(device="c0-ca-4e-00-00-02", kind="systolic_pressure")].value.tolist() == [121.0]
    assert Name(device="c0-ca-4e-00-00-02", kind="pulse_rate") not in found.values
    assert found.kept == 0


def test_a_reading_that_waits_in_the_wearable_is_kept(tmp_path: Path) -> None:
    found = book(tmp_path, line(CUFF, uuids.BLOOD_PRESSURE_MEASUREMENT, 5, PRESSURE, sent=False))

    assert (found.kept, found.values) == (1, {})


def test_signals_are_in_their_kinds_unit_lead_by_lead(tmp_path: Path) -> None:
    frame = {"signal": 3, "rate_hz": 50, "resolution": 1000, "channels": [[1000, 0], [0, 1000], [5, 5]]}
    stretch = {"settings": {"signal": 3, "rate_hz": 50, "resolution": 1000}, "channels": [[7], [8], [9]]}
    found = book(
        tmp_path,
        line(BAND, uuids.SIGNAL_DATA, 1, stretch, sent=False),
        line(BAND, uuids.SIGNAL_DATA, 2, frame),
        line(BAND, uuids.SIGNAL_DATA, 3, stretch, sent=False),
    ).signals

    across = found[Name(device="c0-ca-4e-00-00-03", kind="acceleration", lead="x")]
    assert across.t_ms.tolist() == [1_002_000.0, 1_002_020.0, 1_003_000.0]
    assert across.value.tolist() == pytest.approx([1.0, 0.0, 0.007])


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    found = book(tmp_path, line(STRAP, uuids.HEART_RATE_MEASUREMENT, 5, RATE), torn='{"device": "C0')

    assert len(found.values[Name(device="c0-ca-4e-00-00-01", kind="heart_rate")]) == 1
    assert (found.first_ms, found.last_ms) == (1_005_000.0, 1_005_000.0)
