"""A good export holds; each damaged one is told by its right name, and where it is."""

from collections.abc import Callable
from io import BytesIO

import msgspec
import pytest

from cloud.ledger.damage import Damage
from cloud.ledger.export_lines import LONGEST_LINE, lines_of
from cloud.ledger.verify import Report, verify_export
from tests.fakes.ledger_export import BookInMemory, exported, line_of
from tests.fakes.signed_ledger import KEY, OTHER_KEY
from vitals.ledger.heads import TreeHead, encode_head, key_id
from vitals.ledger.merkle import leaf_hash

PUBLIC = KEY.public_key()
BOOK = BookInMemory(size=700)
GOOD = exported(BOOK)
Lines = list[bytes]


def found(report: Report) -> list[tuple[Damage, int | None, int | None]]:
    return [(each.damage, each.first, each.last) for each in report.findings]


def at(number: int, lines: Lines = GOOD) -> int:
    """Where an entry stands."""
    return lines.index(line_of(number) + b"\n")


def edited(number: int) -> bytes:
    return line_of(number).replace(b'"looked"', b'"signed-in"') + b"\n"


def test_a_good_export_holds() -> None:
    seen: list[int] = []
    report = verify_export(GOOD, PUBLIC, on_chunk=seen.append)
    assert (report.holds, report.size, report.newest) == (True, 700, BOOK.signed[-1])
    assert report.heads == 3
    assert seen[-1] == 700


@pytest.mark.parametrize("kept", BOOK.signed, ids=lambda head: str(head.size))
def test_it_holds_against_every_head_that_was_ever_kept(kept: TreeHead) -> None:
    assert verify_export(GOOD, PUBLIC, kept).holds


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257])
def test_a_ledger_of_any_size_holds(size: int) -> None:
    report = verify_export(exported(BookInMemory(size=size)), PUBLIC)
    assert (report.findings, report.size) == ([], size)


def test_a_file_of_nothing_that_nobody_signed_is_no_ledger_that_holds() -> None:
    emptied = [GOOD[0], b'{"end":0}\n']
    assert found(verify_export(emptied, PUBLIC)) == [(Damage.UNSIGNED, None, None)]


def without(*numbers: int) -> Lines:
    gone = {line_of(number) + b"\n" for number in numbers}
    return [line for line in GOOD if line not in gone]


def replaced(number: int, *lines: bytes) -> Lines:
    place = at(number)
    return [*GOOD[:place], *lines, *GOOD[place + 1 :]]


def moved(number: int, behind: int) -> Lines:
    lines = without(number)
    place = at(behind, lines) + 1
    return [*lines[:place], line_of(number) + b"\n", *lines[place:]]


def with_its_hash(number: int) -> Lines:
    """An entry edited by somebody who corrects the hash that is listed of it."""
    old, new = leaf_hash(line_of(number)).hex().encode(), leaf_hash(edited(number)[:-1]).hex().encode()
    return [line.replace(old, new) for line in replaced(number, edited(number))]


def ending_at(size: int) -> Lines:
    """An export that claims to end earlier, made by somebody thorough."""
    return exported(BookInMemory(size=size))


def with_head(change: Callable[[TreeHead], TreeHead]) -> Lines:
    """The last head replaced by a changed one."""
    last = b'{"head":%b}\n' % encode_head(BOOK.signed[-1])
    other = b'{"head":%b}\n' % encode_head(change(BOOK.signed[-1]))
    assert last in GOOD
    return [other if line == last else line for line in GOOD]


def chunk(number: int) -> slice:
    """The lines of a chunk of 256 entries."""
    starts = [place for place, line in enumerate(GOOD) if line.startswith(b'{"leaves":')]
    return slice(starts[number], starts[number + 1])


THE_END = GOOD[-1]
LAST_HEAD = GOOD[-2]

DAMAGED: dict[str, tuple[Lines, list[tuple[Damage, int | None, int | None]]]] = {
    "an entry was edited": (replaced(123, edited(123)), [(Damage.EDITED, 123, 123)]),
    "an edited entry claims another number": (
        replaced(123, line_of(9_999) + b"\n"),
        [(Damage.EDITED, 123, 123)],
    ),
    "an entry is garbage": (replaced(5, b"\xff\x00garbage\n"), [(Damage.EDITED, 5, 5)]),
    "two entries were edited": (
        [edited(300) if line == line_of(300) + b"\n" else line for line in replaced(20, edited(20))],
        [(Damage.EDITED, 20, 20), (Damage.EDITED, 300, 300)],
    ),
    "an entry was edited, and the hash listed of it": (with_its_hash(123), [(Damage.REWRITTEN, 0, 199)]),
    "an entry was deleted": (without(256), [(Damage.DELETED, 256, 256)]),
    "a run of entries was deleted": (
        without(10, 11, 12, 40),
        [(Damage.DELETED, 10, 12), (Damage.DELETED, 40, 40)],
    ),
    "a chunk was deleted with its hashes": (
        [*GOOD[: chunk(1).start], *GOOD[chunk(1).stop :]],
        [(Damage.DELETED, 256, 511)],
    ),
    "two entries changed places": (
        moved(31, 31 + 1),
        [(Damage.REORDERED, 32, 32)],
    ),
    "an entry was moved far": (moved(100, 200), [(Damage.REORDERED, 100, 100)]),
    "a line was inserted": (replaced(50, line_of(50) + b"\n", edited(50)), [(Damage.INSERTED, 50, None)]),
    "a line was inserted in front": (
        [*GOOD[:2], b"{}\n", *GOOD[2:]],
        [(Damage.INSERTED, -1, None)],
    ),
    "an entry was doubled": (
        replaced(50, line_of(50) + b"\n", line_of(50) + b"\n"),
        [(Damage.DUPLICATED, 50, 50)],
    ),
    "a chunk was doubled": (
        [*GOOD[: chunk(1).stop], *GOOD[chunk(1)], *GOOD[chunk(1).stop :]],
        [(Damage.DUPLICATED, 256, 511)],
    ),
    "the last entries were cut off": (
        [line for line in GOOD if line not in {line_of(number) + b"\n" for number in range(690, 700)}],
        [(Damage.DELETED, 690, 699)],
    ),
    "the last chunk was cut off, its head was not": (
        [*GOOD[: chunk(1).stop], LAST_HEAD, b'{"end":512}\n'],
        [(Damage.CUT_OFF, 512, 699)],
    ),
    "the last chunk was cut off with its head": (
        [*GOOD[: chunk(1).stop], b'{"end":512}\n'],
        [(Damage.UNSIGNED, 500, 511)],
    ),
    "the end says otherwise": ([*GOOD[:-1], b'{"end":701}\n'], [(Damage.CUT_OFF, 700, 700)]),
    "the file is cut between two lines": (
        GOOD[:-100],
        [(Damage.TRUNCATED, 602, None), (Damage.UNSIGNED, 500, 601)],
    ),
    "the file is cut within a line": (
        [*GOOD[:-100], GOOD[-100][:40]],
        [(Damage.TRUNCATED, 602, None), (Damage.UNSIGNED, 500, 601)],
    ),
    "something follows the end": ([*GOOD, b"{}\n"], [(Damage.INSERTED, 700, None)]),
    "a head was changed": (
        with_head(lambda head: msgspec.structs.replace(head, t_ms=5)),
        [(Damage.FORGED_HEAD, None, None), (Damage.UNSIGNED, 500, 699)],
    ),
    "a head was signed by somebody else": (
        with_head(lambda _: BookInMemory(size=700, key=OTHER_KEY).signed[-1]),
        [(Damage.WRONG_KEY, None, None)],
    ),
    "a head was signed by somebody else in our name": (
        with_head(
            lambda _: msgspec.structs.replace(
                BookInMemory(size=700, key=OTHER_KEY).signed[-1], key=key_id(PUBLIC)
            )
        ),
        [(Damage.FORGED_HEAD, None, None), (Damage.UNSIGNED, 500, 699)],
    ),
    "it is another's ledger under our name": (
        exported(BookInMemory(size=700, key=OTHER_KEY)),
        [(Damage.WRONG_KEY, None, None)],
    ),
    "two heads of as many entries contradict each other": (
        [
            *GOOD[:-1],
            b'{"head":%b}\n' % encode_head(BookInMemory(size=700, deed="erased").signed[-1]),
            THE_END,
        ],
        [(Damage.SPLIT_VIEW, 0, 699)],
    ),
    "of two heads that contradict each other the false one is first": (
        [
            *GOOD[:-2],
            b'{"head":%b}\n' % encode_head(BookInMemory(size=700, deed="erased").signed[-1]),
            *GOOD[-2:],
        ],
        [(Damage.SPLIT_VIEW, 0, 699)],
    ),
    "an entry is a JSON bomb": (replaced(5, b'{"v":' + b"[" * 200_000 + b"\n"), [(Damage.EDITED, 5, 5)]),
    "a list of hashes is a JSON bomb": (
        [
            *GOOD[: chunk(1).start],
            b'{"leaves":[' + b'"",' * 200_000 + b'""],"first":256}\n',
            *GOOD[chunk(1).start + 1 :],
        ],
        [(Damage.INSERTED, 255, None)] * 257 + [(Damage.DELETED, 256, 511)],
    ),
    "the end is a number of 300 digits": (
        [*GOOD[:-1], b'{"end":%b}\n' % (b"9" * 300)],
        [(Damage.INSERTED, 699, None), (Damage.TRUNCATED, 700, None)],
    ),
    "its name was changed": (
        [GOOD[0].replace(b"carewire-test", b"carewire-best"), *GOOD[1:]],
        [(Damage.OTHER_LEDGER, None, None), (Damage.UNSIGNED, 0, 699)],
    ),
    "it is of a newer program": (
        [b'{"carewire-ledger":2,"origin":"carewire-test"}\n'],
        [(Damage.NOT_A_LEDGER, None, None)],
    ),
    "it is no ledger": ([b"%PDF-1.7\n", b"\x00\xff\n"], [(Damage.NOT_A_LEDGER, None, None)]),
    "it is empty": ([], [(Damage.NOT_A_LEDGER, None, None)]),
}


@pytest.mark.parametrize(("lines", "findings"), DAMAGED.values(), ids=DAMAGED.keys())
def test_what_was_damaged_is_named(
    lines: Lines, findings: list[tuple[Damage, int | None, int | None]]
) -> None:
    report = verify_export(lines, PUBLIC)
    assert not report.holds
    assert found(report) == findings
    assert all(each.says for each in report.findings)


def test_a_cut_that_was_covered_up_is_found_by_a_head_that_was_kept() -> None:
    assert verify_export(ending_at(600), PUBLIC).holds
    assert found(verify_export(ending_at(600), PUBLIC, BOOK.signed[-1])) == [(Damage.CUT_OFF, 600, 699)]
    assert found(verify_export(ending_at(0), PUBLIC, BOOK.signed[-1])) == [(Damage.CUT_OFF, 0, 699)]


def test_a_past_rewritten_and_signed_anew_is_found_by_a_head_that_was_kept() -> None:
    other = exported(BookInMemory(size=700, deed="exported"))
    assert verify_export(other, PUBLIC).holds
    assert found(verify_export(other, PUBLIC, BOOK.signed[2])) == [(Damage.REWRITTEN, 0, 299)]


def test_a_kept_head_that_is_forged_or_of_another_ledger_says_so() -> None:
    forged = msgspec.structs.replace(BOOK.signed[2], size=10)
    assert found(verify_export(GOOD, PUBLIC, forged)) == [(Damage.FORGED_HEAD, None, None)]
    other = BookInMemory(size=10, origin="carewire-other").signed[-1]
    assert found(verify_export(GOOD, PUBLIC, other)) == [(Damage.OTHER_LEDGER, None, None)]


@pytest.mark.parametrize("kept", [500, 700])
def test_a_declared_restoration_is_told_as_one(kept: int) -> None:
    restored = BookInMemory(size=650, deed="exported", epoch=1_700_000_000_000)
    head = next(each for each in BOOK.signed if each.size == kept)
    assert found(verify_export(exported(restored), PUBLIC, head)) == [(Damage.RESTORED, None, None)]


def test_a_flood_of_lines_is_not_held_in_memory() -> None:
    flood = (line for _ in range(1) for line in [*GOOD[:2], *[b"x" * 100 + b"\n"] * 50_000, *GOOD[2:]])
    report = verify_export(flood, PUBLIC)
    assert not report.holds
    assert len(report.findings) < 1_100


def test_a_line_without_an_end_is_not_held_in_memory() -> None:
    file = BytesIO(b"".join(GOOD[:-100]) + b'{"v":' + b"[" * 3_000_000)
    assert max(map(len, lines_of(file))) <= LONGEST_LINE
    file.seek(0)
    assert found(verify_export(lines_of(file), PUBLIC))[0] == (Damage.TRUNCATED, 602, None)
