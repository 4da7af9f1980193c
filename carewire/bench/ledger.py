"""What the ledger costs: to write deeds down and enter them, to prove one of many, to verify them all."""

import random
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Final

from carewire.bench.figures import Figures, rank
from carewire.bench.ledger_bulk import fill
from cloud.ledger.export import export_ledger
from cloud.ledger.keys import make_key
from cloud.ledger.looks import Looks
from cloud.ledger.scribe import Scribe
from cloud.ledger.signing import Signer
from cloud.ledger.verify import verify_export
from cloud.ports import Deed, LedgerNote
from cloud.storage.relational.opening import Relational, open_relational
from vitals.ledger.head_file import HeadFile
from vitals.ledger.heads import TreeHead, read_key
from vitals.ledger.merkle import is_consistent, is_included

__all__ = ["ENTRIES", "measure"]

ENTRIES: Final = 20_000
_AT_ONCE: Final = 1_000
_ALONE: Final = 50
_PROOFS: Final = 300
_VERIFIED: Final = 1_000_000
"""Of how many at most all are exported and verified: that takes each its time, and only so much."""
_FOLDED: Final = 20_000
_SEED: Final = 9162


def measure(entries: int = ENTRIES, database_url: str | None = None) -> Figures:
    """Measure on an SQLite file of its own, or on an empty database that a URL names."""
    with tempfile.TemporaryDirectory() as folder:
        url = database_url or f"sqlite:///{folder}/ledger.db"
        with closing(open_relational(url)) as store:
            return _measured(store, Path(folder), entries)


def _measured(store: Relational, folder: Path, entries: int) -> Figures:
    began = time.process_time()
    fill(store, entries - min(entries, ENTRIES))
    filled_s = time.process_time() - began
    appended = _appended(store, min(entries, ENTRIES))
    make_key(folder / "key.pem")
    signer = Signer(
        ledger=store.ledger,
        book=store.ledger_book,
        key_file=folder / "key.pem",
        memory=HeadFile(path=folder / "head.json"),
        wall_ms=lambda: 1,
    )
    began = time.perf_counter()
    head = signer.head()
    signed_ms = (time.perf_counter() - began) * 1e3
    return {
        "entries": entries,
        "filled_cpu_s": round(filled_s, 1),
        **appended,
        "append_alone_ms": _alone(store),
        "look_written_ms": _looks(store),
        "look_folded_us": _folded(store),
        "head_ms": round(signed_ms, 2),
        "inclusion": _timed(lambda: _included(store, head)),
        "consistency": _timed(lambda: _consistent(store, head)),
        **(_verified(store, signer, head, folder / "export.ndjson") if entries <= _VERIFIED else {}),
    }


def _note(number: int) -> LedgerNote:
    return LedgerNote(
        t_ms=number,
        deed=Deed.LOOKED,
        actor=f"person-{number % 97}",
        patient_id=f"patient-{number % 41}",
        about={"what": "vitals", "for_s": "300"},
    )


def _appended(store: Relational, entries: int) -> Figures:
    """Write down and enter, a thousand at a time: what each takes, in all."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    for first in range(0, entries, _AT_ONCE):
        store.ledger.append_all([_note(first + at) for at in range(min(_AT_ONCE, entries - first))])
        store.ledger.enter()
    wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    return {
        "append_us": round(wall_s / entries * 1e6, 1),
        "append_cpu_us": round(cpu_s / entries * 1e6, 1),
    }


def _alone(store: Relational) -> float:
    """Write down one at a time, each with a wait for the disk."""
    return _median_ms(_ALONE, lambda at: store.ledger.append(_note(at)))


def _looks(store: Relational) -> float:
    looks = Looks(scribe=Scribe(store.ledger), wall_ms=lambda: 1)
    return _median_ms(_ALONE, lambda at: looks.saw(f"person-{at}", ["patient-1"], "vitals"))


def _folded(store: Relational) -> float:
    looks = Looks(scribe=Scribe(store.ledger), wall_ms=lambda: 1)
    looks.saw("person-1", ["patient-1"], "vitals")
    began = time.process_time()
    for _ in range(_FOLDED):
        looks.saw("person-1", ["patient-1"], "vitals")
    return round((time.process_time() - began) / _FOLDED * 1e6, 2)


def _median_ms(times: int, work: Callable[[int], None]) -> float:
    took = []
    for at in range(times):
        began = time.perf_counter()
        work(at)
        took.append((time.perf_counter() - began) * 1e3)
    return round(median(took), 2)


def _timed(prove: Callable[[], None]) -> Figures:
    took = []
    random.seed(_SEED)
    for _ in range(_PROOFS):
        began = time.perf_counter()
        prove()
        took.append((time.perf_counter() - began) * 1e3)
    return {"median_ms": rank(took, 0.5), "p99_ms": rank(took, 0.99)}


def _included(store: Relational, head: TreeHead) -> None:
    number = random.randrange(head.size)  # noqa: S311 - which entry, not a secret
    recorded = store.ledger_book.recorded(number)
    with store.ledger_book.tree() as tree:
        path = tree.inclusion(number, head.size)
    if recorded is None or not is_included(recorded.leaf, number, head.size, path, head.root_hash):
        raise AssertionError(f"entry {number} is not proven")


def _consistent(store: Relational, head: TreeHead) -> None:
    first = random.randrange(1, head.size)  # noqa: S311 - likewise
    with store.ledger_book.tree() as tree:
        path, root = tree.consistency(first, head.size), tree.root(first)
    if not is_consistent(first, root, head.size, head.root_hash, path):
        raise AssertionError(f"the first {first} entries are not proven")


def _verified(store: Relational, signer: Signer, head: TreeHead, file: Path) -> Figures:
    began = time.perf_counter()
    with file.open("wb") as to:
        export_ledger(store.ledger_book, head, to)
    exported_s = time.perf_counter() - began
    began = time.perf_counter()
    with file.open("rb") as lines:
        report = verify_export(lines, read_key(signer.public_key()))
    verified_s = time.perf_counter() - began
    if not report.holds:
        raise AssertionError("the export does not hold")
    return {
        "exported_a_second": round(head.size / exported_s),
        "verified_a_second": round(head.size / verified_s),
        "export_bytes_an_entry": round(file.stat().st_size / head.size),
    }
