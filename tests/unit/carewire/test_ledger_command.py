"""`carewire ledger`: a head is witnessed, an export verified, and what was done to either is named."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import Result
from sqlalchemy import delete, update
from typer.testing import CliRunner

from carewire.cli import app
from carewire.ledger_source import RemoteLedger
from carewire.ledger_witness import witness
from cloud.ports import SERVICE, Deed, LedgerNote
from cloud.storage.relational.opening import Relational, open_relational
from cloud.storage.relational.tables import ledger_entry, ledger_head, ledger_node
from tests.fakes.signed_ledger import KEY, OTHER_KEY, SignedLedger
from vitals.errors import CarewireError, DeliveryError, LedgerError
from vitals.ledger.head_file import HeadFile
from vitals.ledger.heads import TreeHead, encode_head
from vitals.ledger.witness import Verdict

Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cloud.toml").write_text(f'data_dir = "{tmp_path}/data"\n')
    return tmp_path


@pytest.fixture
def store(folder: Path) -> Iterator[Relational]:
    opened = open_relational(f"sqlite:///{folder}/data/carewire.db")
    note(opened, 40)
    yield opened
    opened.close()


@pytest.fixture
def run(folder: Path) -> Run:
    def run(*arguments: str, configured: bool = True) -> Result:
        config = ["--config", str(folder / "cloud.toml")] if configured else []
        return CliRunner().invoke(app, ["ledger", *arguments, *config])

    return run


def note(store: Relational, count: int) -> None:
    store.ledger.append_all(
        [LedgerNote(t_ms=number, deed=Deed.ALERT_DECIDED, actor=SERVICE) for number in range(count)]
    )
    store.ledger.enter()


def exported(run: Run, folder: Path) -> tuple[Path, str]:
    """An export, and the public key."""
    file = folder / "ledger.ndjson"
    assert run("export", str(file)).exit_code == 0
    return file, run("key").stdout.strip()


@pytest.mark.usefixtures("store")
def test_a_good_export_holds(run: Run, folder: Path) -> None:
    file, key = exported(run, folder)
    done = run("verify", str(file), "--key", key, "--json", configured=False)
    assert done.exit_code == 0
    facts = json.loads(done.stdout)
    assert (facts["holds"], facts["entries"], facts["findings"]) == (True, 40, [])


@pytest.mark.usefixtures("store")
def test_the_key_may_be_a_file(run: Run, folder: Path) -> None:
    file, key = exported(run, folder)
    (folder / "key.txt").write_text(f"{key}\n")
    assert run("verify", str(file), "--key", str(folder / "key.txt"), configured=False).exit_code == 0


def test_an_entry_edited_in_the_database_is_named_in_the_export(
    run: Run, folder: Path, store: Relational
) -> None:
    run("head")
    with store.database.write() as connection:
        line = store.ledger_book.entries(7, 1)[0].line.replace(b"alert-decided", b"alert-ignored")
        connection.execute(update(ledger_entry).where(ledger_entry.c.number == 7).values(line=line))
    file, key = exported(run, folder)
    done = run("verify", str(file), "--key", key, configured=False)
    assert done.exit_code == 2
    assert "edited: entry 7 was edited" in done.stdout


@pytest.mark.usefixtures("store")
def test_a_damaged_export_is_told_to_programs_too(run: Run, folder: Path) -> None:
    file, key = exported(run, folder)
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:9], *lines[10:]]))
    done = run("verify", str(file), "--key", key, "--json", configured=False)
    assert done.exit_code == 2
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["damage"], finding["first"]) == ("deleted", 7)


@pytest.mark.usefixtures("store")
def test_a_cut_is_noticed_by_a_head_that_was_kept(run: Run, folder: Path, store: Relational) -> None:
    file, key = exported(run, folder)
    note(store, 5)
    assert run("head", "--keep", str(folder / "kept")).exit_code == 0
    done = run("verify", str(file), "--key", key, "--head", str(folder / "kept"), configured=False)
    assert done.exit_code == 2
    assert "cut-off: entries 40 to 44" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["verify", "/nowhere", "--key", "00" * 32], "cannot be read"),
        (["verify", "/nowhere", "--key", "xyz"], "64 hexadecimal digits"),
        (["verify", "/nowhere", "--key", "00" * 32, "--head", "/nowhere"], "is not there"),
    ],
)
def test_what_cannot_be_checked_says_what_to_do(run: Run, arguments: list[str], says: str) -> None:
    done = run(*arguments, configured=False)
    assert isinstance(done.exception, CarewireError)
    assert says in str(done.exception)


def test_a_head_is_witnessed_as_it_grows(run: Run, folder: Path, store: Relational) -> None:
    kept = str(folder / "kept")
    assert run("head", "--keep", kept).exit_code == 0
    note(store, 20)
    done = run("head", "--keep", kept, "--json")
    assert (done.exit_code, json.loads(done.stdout)["verdict"]) == (0, "grown")
    assert HeadFile(path=folder / "kept").read() == store.ledger_book.newest_head()


def rolled_back(store: Relational, folder: Path, size: int) -> None:
    """The database as it was when it had fewer entries; with it, what its own signer remembers."""
    with store.database.write() as connection:
        connection.execute(delete(ledger_head))
        connection.execute(delete(ledger_entry).where(ledger_entry.c.number >= size))
        connection.execute(delete(ledger_node).where(ledger_node.c.position >= size // 16))
    (folder / "data" / "ledger-head.json").unlink()


def test_a_database_set_back_is_signed_by_nobody_who_remembers(
    run: Run, folder: Path, store: Relational
) -> None:
    run("head")
    memory = (folder / "data" / "ledger-head.json").read_bytes()
    rolled_back(store, folder, 20)
    (folder / "data" / "ledger-head.json").write_bytes(memory)
    done = run("head")
    assert isinstance(done.exception, LedgerError)
    assert "set back" in str(done.exception)


def test_a_witness_notices_what_the_signer_was_made_to_forget_and_keeps_its_head(
    run: Run, folder: Path, store: Relational
) -> None:
    run("head", "--keep", str(folder / "kept"))
    before = (folder / "kept").read_bytes()
    rolled_back(store, folder, 20)
    done = run("head", "--keep", str(folder / "kept"))
    assert done.exit_code == 2
    assert "THE LEDGER WENT BACK: it has 20 entries, and 40 were kept" in done.stderr
    assert (folder / "kept").read_bytes() == before


def test_a_declared_restoration_is_told_once_and_the_old_head_stays_as_proof(
    run: Run, folder: Path, store: Relational
) -> None:
    run("head", "--keep", str(folder / "kept"))
    before = (folder / "kept").read_bytes()
    rolled_back(store, folder, 20)
    assert run("restored", "--yes").exit_code == 0
    told = run("head", "--keep", str(folder / "kept"))
    assert told.exit_code == 2
    assert "a backup was restored" in told.stderr
    assert (folder / "kept.epoch-0").read_bytes() == before
    assert run("head", "--keep", str(folder / "kept")).exit_code == 0


def test_a_key_is_made_where_there_is_none(run: Run, folder: Path) -> None:
    made = run("keygen")
    assert made.exit_code == 0
    assert run("key").stdout == made.stdout
    assert isinstance(run("keygen").exception, CarewireError)
    assert (folder / "data" / "ledger-key.pem").stat().st_mode & 0o777 == 0o600


def test_a_service_is_asked_with_a_token_or_not_at_all(run: Run) -> None:
    done = run("head", "--url", "http://127.0.0.1:1")
    assert "--token-file" in str(done.exception)


# --- A service asked over HTTP ----------------------------------------------------------------


def remote(
    folder: Path, head: TreeHead, proof: list[bytes], key: bytes = KEY.public_key().public_bytes_raw()
) -> RemoteLedger:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer secret"
        if request.url.path.endswith("/head"):
            return httpx.Response(200, json={"signed": encode_head(head).decode(), "public_key": key.hex()})
        return httpx.Response(200, json={"path": [each.hex() for each in proof]})

    (folder / "token").write_text("secret\n")
    return RemoteLedger(
        url="http://service", token_file=folder / "token", transport=httpx.MockTransport(answer)
    )


def test_a_service_that_grew_honestly_is_believed(folder: Path) -> None:
    file = HeadFile(path=folder / "kept")
    assert witness(remote(folder, SignedLedger(20).head(), []), file, None).verdict is Verdict.FIRST
    grown = SignedLedger(33)
    seen = witness(remote(folder, grown.head(), grown.proof(20)), file, None)
    assert (seen.verdict, seen.accuses) == (Verdict.GROWN, False)


def test_a_service_that_rewrote_its_past_is_not(folder: Path) -> None:
    file = HeadFile(path=folder / "kept")
    witness(remote(folder, SignedLedger(20).head(), []), file, None)
    other = SignedLedger(33, seed="other")
    seen = witness(remote(folder, other.head(), other.proof(20)), file, None)
    assert (seen.verdict, seen.accuses) == (Verdict.REWRITTEN, True)
    assert file.read() == SignedLedger(20).head()


def test_a_service_that_offers_another_key_is_not(folder: Path) -> None:
    file = HeadFile(path=folder / "kept")
    witness(remote(folder, SignedLedger(20).head(), []), file, None)
    theirs = SignedLedger(20).head(key=OTHER_KEY)
    with pytest.raises(LedgerError, match="another than that of the head kept"):
        witness(remote(folder, theirs, [], OTHER_KEY.public_key().public_bytes_raw()), file, None)
    assert witness(remote(folder, theirs, []), file, KEY.public_key()).verdict is Verdict.UNSIGNED


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401), DeliveryError),
        (httpx.Response(200, text="<html>"), LedgerError),
        (httpx.Response(200, json=[1]), LedgerError),
        (httpx.Response(200, json={}), LedgerError),
        (httpx.Response(200, json={"signed": "{}", "public_key": "x"}), LedgerError),
    ],
)
def test_an_answer_that_is_none_of_ours_is_said(
    folder: Path, answer: httpx.Response, error: type[CarewireError]
) -> None:
    (folder / "token").write_text("secret")
    source = RemoteLedger(
        url="http://service", token_file=folder / "token", transport=httpx.MockTransport(lambda _: answer)
    )
    with pytest.raises(error):
        witness(source, None, None)
