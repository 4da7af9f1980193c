"""A light of Linux's LED class: taken over, switched, and said so where it cannot be."""

from pathlib import Path

import pytest

from edge.adapters.led import Led
from vitals.errors import SignalError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "alarm"
    folder.mkdir()
    (folder / "trigger").write_text("[mmc0] none timer")
    (folder / "max_brightness").write_text("255\n")
    (folder / "brightness").write_text("0")
    return folder


def test_it_is_taken_from_the_kernels_trigger_and_switched_full_on_and_off(folder: Path) -> None:
    led = Led(name="alarm", root=folder.parent)
    led.switch(is_on=True)
    assert ((folder / "trigger").read_text(), (folder / "brightness").read_text()) == ("none", "255")
    led.switch(is_on=False)
    assert (folder / "brightness").read_text() == "0"


def test_one_that_is_not_there_is_said_so_and_found_once_it_is(tmp_path: Path, folder: Path) -> None:
    led = Led(name="alarm", root=tmp_path)
    folder.rename(tmp_path / "elsewhere")
    with pytest.raises(SignalError, match=r"check alarms.led"):
        led.switch(is_on=True)
    (tmp_path / "elsewhere").rename(folder)
    led.switch(is_on=True)
    assert (folder / "brightness").read_text() == "255"
