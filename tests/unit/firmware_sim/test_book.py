import json
from pathlib import Path

import pytest

from firmware_sim.book import Book, Entry
from vitals.errors import ConfigurationError
from vitals.gatt import uuids
from vitals.gatt.pulse_oximeter import Saturation
from vitals.gatt.pulse_oximeter_spot_check import SpotCheck
from vitals.gatt.sfloat import SpecialValue

ENTRY = Entry(
    device="C0:CA:4E:00:00:01",
    uuid=uuids.PLX_SPOT_CHECK_MEASUREMENT,
    sequence=3,
    lived_s=30.0,
    wall_ms=1.5,
    sent=True,
    values=SpotCheck(saturation=Saturation(spo2_percent=97.0, pulse_rate_bpm=SpecialValue.NAN)),
)


def test_each_entry_is_a_line_of_json_there_as_soon_as_it_is_written(tmp_path: Path) -> None:
    book = Book(tmp_path / "book.jsonl")
    book.write(ENTRY)
    book.write(ENTRY)

    lines = [json.loads(line) for line in (tmp_path / "book.jsonl").read_text().splitlines()]
    book.close()

    assert lines == [lines[0]] * 2
    assert lines[0]["sequence"] == 3
    assert lines[0]["values"]["saturation"] == {"spo2_percent": 97.0, "pulse_rate_bpm": "NaN"}


def test_without_a_file_nothing_is_written() -> None:
    book = Book(None)

    book.write(ENTRY)
    book.close()

    assert not book.is_kept


def test_a_book_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="name another file"):
        Book(tmp_path / "nowhere" / "book.jsonl")
