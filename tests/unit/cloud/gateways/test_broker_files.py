"""What the broker is told, and that what ships for a clinic says the same."""

from pathlib import Path

import pytest

from cloud.gateways.broker_files import BrokerFiles, access_rules, mosquitto_lines
from vitals.errors import StorageError

DEPLOY = Path(__file__).parents[4] / "deploy"


def rules_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_where_nobody_is_revoked_the_rules_are_those_that_ship() -> None:
    assert rules_of(access_rules(())) == rules_of((DEPLOY / "acl").read_text())


def test_whoever_is_revoked_reaches_nothing_and_is_named_once() -> None:
    assert rules_of(access_rules(("porch", "attic", "porch")))[-4:] == [
        "user attic",
        "topic deny #",
        "user porch",
        "topic deny #",
    ]


def test_a_file_that_says_the_same_is_left_as_it_is(tmp_path: Path) -> None:
    files = BrokerFiles(folder=tmp_path / "broker")
    files.write(rules="a", revoked=b"b", authority="c")
    before = (tmp_path / "broker" / "acl").stat().st_mtime_ns
    files.write(rules="a", revoked=b"other", authority="c")
    assert (tmp_path / "broker" / "acl").stat().st_mtime_ns == before
    assert (tmp_path / "broker" / "revoked.crl").read_bytes() == b"other"
    assert sorted(each.name for each in (tmp_path / "broker").iterdir()) == ["acl", "ca.crt", "revoked.crl"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "broker").write_text("no folder")
    with pytest.raises(StorageError, match="cannot be written"):
        BrokerFiles(folder=tmp_path / "broker").write(rules="", revoked=b"", authority="")


def test_the_lines_for_mosquitto_name_every_file(tmp_path: Path) -> None:
    assert mosquitto_lines(tmp_path).split() == [
        "acl_file",
        f"{tmp_path}/acl",
        "cafile",
        f"{tmp_path}/ca.crt",
        "crlfile",
        f"{tmp_path}/revoked.crl",
    ]
