"""A name, an address and what people typed are in no file of the service, in whatever form they might be."""

import base64
import gzip
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from cloud.storage.relational.opening import Relational
from tests.contracts.seals import CANARY, PATIENT, fill, fill_the_rest
from tests.fakes.backed_up import Home


def forms(text: str) -> Iterator[bytes]:
    """Yield what a text is like in a file: as it is, wide, in hexadecimal, in base64 wherever it begins."""
    plain = text.encode()
    yield from (plain, text.encode("utf-16-le"), text.encode("utf-16-be"))
    yield from (plain.hex().encode(), plain.hex().upper().encode())
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + plain)
        yield encoded[4 if before else 0 : -4]


def contents(path: Path) -> Iterator[bytes]:
    """Yield a file as it is, and unpacked where it is packed."""
    raw = path.read_bytes()
    yield raw
    if raw.startswith(b"\x1f\x8b"):
        yield gzip.decompress(raw)
    at = raw.find(b"\x78\x9c")
    while at >= 0:
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(raw[at:])
        at = raw.find(b"\x78\x9c", at + 1)


def found_in(folder: Path) -> list[str]:
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file()
        for content in contents(path)
        if any(form in content for form in forms(CANARY))
    ]


def plant(store: Relational) -> None:
    fill(store)
    fill_the_rest(store)


def test_the_canary_is_in_no_database_log_or_backup_and_not_in_what_a_kill_leaves(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with closing(home.relational()) as store:
        plant(store)
        assert (home.folder / "carewire.db-wal").stat().st_size > 0
        assert found_in(tmp_path) == []
        home.series().close()
        home.back_up(tmp_path / "shelf")
        assert found_in(tmp_path) == []
        assert store.directory.patient("p-1") == PATIENT
        store.directory.add_patient(replace(PATIENT, display_name=f"{CANARY} again"))
        store.forgetting.forget("p-1")
    assert found_in(tmp_path) == []


def test_it_is_in_no_message_of_a_database_that_refuses(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.relational().close()
    program = (
        "import sys, pathlib; from tests.fakes.backed_up import Home\n"
        "from tests.contracts.seals import fill\n"
        "store = Home(pathlib.Path(sys.argv[1])).relational()\n"
        "store.database._engine.dispose()\n"
        "fill(store)\n"
    )
    with closing(sqlite3.connect(home.folder / "carewire.db")) as holding:
        holding.execute("BEGIN IMMEDIATE")
        done = subprocess.run(
            [sys.executable, "-c", program, str(home.folder)], capture_output=True, check=False, timeout=60
        )
    assert done.returncode != 0
    assert b"locked" in done.stderr
    assert not any(form in done.stdout + done.stderr for form in forms(CANARY))


@pytest.mark.parametrize("form", range(8))
def test_every_form_of_it_would_be_found(tmp_path: Path, form: int) -> None:
    (tmp_path / "file").write_bytes(b"before" + list(forms(CANARY))[form] + b"after")
    assert found_in(tmp_path) == [str(tmp_path / "file")]


def test_it_would_be_found_in_what_is_packed(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(CANARY.encode()))
    (tmp_path / "b").write_bytes(b"page" + zlib.compress(CANARY.encode()))
    assert len(found_in(tmp_path)) == 2
