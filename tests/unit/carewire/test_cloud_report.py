"""`carewire cloud report` over real stores: a file of its owner's alone, on the ledger, with one digest."""

import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from carewire.commands.cloud import app
from cloud.bootstrap.stores import open_stores
from cloud.config import CloudSettings
from cloud.ports import Patient
from tests.contracts.records import STRAP, event, identified, run, strip
from tests.fakes.pdf_text import Pdf
from vitals.errors import ConfigurationError

AT_MS = int(datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp() * 1000)
SPAN = ("--from", "2026-03-10T00:00Z", "--until", "2026-03-11T00:00Z")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "cloud.toml"
    path.write_text(f'data_dir = "{tmp_path / "data"}"\ntime_zone = "Europe/Berlin"\n')
    with closing(open_stores(CloudSettings(data_dir=tmp_path / "data"))) as stores:
        stores.relational.directory.add_patient(Patient(id="wei", display_name="Wei"))
        stores.relational.directory.bind(STRAP, "wei", AT_MS - 86_400_000)
        points = [(AT_MS - 60_000 * n, 60.0 + n % 9) for n in range(200, 0, -1)]
        told = (run(*points), strip(AT_MS - 9_000), event(AT_MS - 9_000))
        stores.series.records.commit([identified(one, seq) for seq, one in enumerate(told, 1)])
    return path


def asked(config: Path, file: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["report", "wei", str(file), "--config", str(config), *more])


def test_it_writes_a_pdf_of_its_owners_alone_with_an_entry_of_the_ledger(
    config: Path, tmp_path: Path
) -> None:
    file = tmp_path / "wei.pdf"
    said = asked(config, file, *SPAN)
    assert "whoever has it can read it" in said.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    text = Pdf.read(file.read_bytes()).text
    assert re.search(r"entry \d+ of the ledger", text)
    assert "Europe/Berlin" in text
    assert "Heart rate" in text


def test_made_again_it_has_the_same_digest_in_any_language(config: Path, tmp_path: Path) -> None:
    digests = [
        re.findall(r"\b[0-9a-f]{64}\b", asked(config, tmp_path / f"{language}.pdf", *SPAN, *more).stdout)
        for language, more in (("en", ()), ("zh", ("--language", "zh", "--glucose-unit", "mmol/L")))
    ]
    assert digests[0] == digests[1]
    assert len(digests[0]) == 1


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--from", "soon"), "'soon' is no time"),
        (("--until", "2026-03-11"), "give --from too"),
        (("--glucose-unit", "g"), "give mg/dL or mmol/L"),
        (("--targets", "mine"), "give usual, older or pregnancy"),
        (("--days", "9999"), "at most 92 days"),
        (("--from", "2999-01-01"), "not in the future"),
    ],
)
def test_what_says_nothing_is_refused_and_no_file_is_made(
    config: Path, tmp_path: Path, more: tuple[str, ...], says: str
) -> None:
    refused = asked(config, tmp_path / "wei.pdf", *more)
    assert says in str(refused.exception)
    assert not (tmp_path / "wei.pdf").exists()


def test_a_file_that_is_there_is_never_written_over(config: Path, tmp_path: Path) -> None:
    (tmp_path / "wei.pdf").write_bytes(b"mine")
    refused = asked(config, tmp_path / "wei.pdf", *SPAN)
    assert isinstance(refused.exception, ConfigurationError)
    assert (tmp_path / "wei.pdf").read_bytes() == b"mine"


def test_of_nobody_there_is_none(config: Path, tmp_path: Path) -> None:
    more = ["report", "nobody", str(tmp_path / "x.pdf"), "--config", str(config)]
    assert isinstance(CliRunner().invoke(app, more).exception, ConfigurationError)
    assert not (tmp_path / "x.pdf").exists()
