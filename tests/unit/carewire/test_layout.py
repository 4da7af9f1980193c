"""A layout's settings files are TOML its parts can read, and its commands name them."""

import tomllib
from pathlib import Path

from carewire.layout import PARTS, Heart, Layout, free_port, toml_text


def layout(folder: Path, **changes) -> Layout:
    return Layout(
        **({"folder": folder, "http_port": 1, "mqtt_port": 2, "radio_port": 3, "anchor_ms": 4} | changes)
    )


def test_the_settings_files_read_back_as_they_were_meant(tmp_path: Path) -> None:
    it = layout(tmp_path / 'odd "name" \\ here', speed=4.0)
    it.write_settings()
    for part, settings in it.settings().items():
        assert tomllib.loads(it.settings_file(part).read_text()) == settings


def test_every_part_has_a_command(tmp_path: Path) -> None:
    for part in PARTS:
        assert "carewire" in layout(tmp_path).command(part)


def test_a_recording_takes_the_place_of_a_scenario(tmp_path: Path) -> None:
    command = layout(tmp_path, heart=Heart(recording=Path("203.hea"))).command("simulator")
    assert "--recording" in command
    assert "--scenario" not in command


def test_toml_text_writes_plain_values_before_tables() -> None:
    assert tomllib.loads(toml_text({"t": {"x": 1.5}, "a": True, "b": "é\n"})) == {
        "t": {"x": 1.5},
        "a": True,
        "b": "é\n",
    }


def test_free_ports_can_be_listened_on() -> None:
    assert 1024 < free_port() < 65536
