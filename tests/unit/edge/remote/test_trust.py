"""Whom a gateway trusts and how far it has come is kept in two copies; neither can be brought back alone."""

from pathlib import Path

import msgspec
import pytest

from edge.remote import trust as module
from edge.remote.trust import Seen, Trust
from tests.fakes.releases import DAY_MS, ISSUED_MS, operators_key, public, release, signed
from vitals.errors import StorageError
from vitals.release import OpenedRelease, Refusal, ReleaseRefusedError, TrustedKeys, open_release


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "trust" / "trust.json"


@pytest.fixture
def trust(file: Path) -> Trust:
    return Trust(file, [public()])


def opened(version: int = 1, content: object = None, by: str = "operator", **changes: int) -> OpenedRelease:
    return open_release(signed(version, content, by=by, **changes), trusted=[public(by)])


def rotated(trust: Trust, version: int, to: str, by: str = "operator") -> None:
    trust.take(opened(version, TrustedKeys(keys=(public(to),)), by))


def test_at_first_the_pinned_keys_are_trusted_and_nothing_was_seen(trust: Trust, file: Path) -> None:
    assert (trust.keys, trust.seen("configuration")) == ((public(),), Seen(version=0))
    assert not file.exists()


def test_what_was_taken_is_remembered_over_a_restart_each_line_by_itself(trust: Trust, file: Path) -> None:
    taken = opened(7)
    trust.take(taken)
    again = Trust(file, [public()])
    seen = again.seen("configuration")
    assert (seen.version, seen.sha256, seen.issued_ms) == (7, taken.signed.sha256, ISSUED_MS)
    assert again.seen("model beats").version == 0


@pytest.mark.parametrize("copy", ["trust.json", "trust.spare"])
@pytest.mark.parametrize("damage", [b"", b"{", None])
def test_one_copy_brought_back_damaged_or_lost_lowers_nothing(
    trust: Trust, file: Path, copy: str, damage: bytes | None
) -> None:
    trust.take(opened(2))
    of_earlier = (file.parent / copy).read_bytes()
    trust.take(opened(9))
    rotated(trust, 1, to="next")
    place = file.parent / copy
    place.write_bytes(of_earlier if damage is None else damage)
    again = Trust(file, [public()])
    assert (again.seen("configuration").version, again.keys) == (9, (public("next"),))


def test_where_both_copies_are_damaged_nobody_is_trusted_and_neither_is_written_over(
    trust: Trust, file: Path
) -> None:
    rotated(trust, 1, to="next")
    for name in ("trust.json", "trust.spare"):
        (file.parent / name).write_bytes(b"{")
    again = Trust(file, [public()])
    again.note("configuration", 3)
    assert again.keys == ()
    assert again.damage is not None
    assert str(file.parent) in again.damage
    assert trust.damage is None
    assert file.read_bytes() == b"{"
    for copy in file.parent.iterdir():
        copy.unlink()
    assert (Trust(file, [public()]).keys, Trust(file, [public()]).damage) == ((public(),), None)


def test_a_rotation_trusts_the_new_keys_and_no_more_the_old(trust: Trust, file: Path) -> None:
    rotated(trust, 1, to="next")
    for one in (trust, Trust(file, [public()])):
        assert one.keys == (public("next"),)


def test_keys_that_a_person_pins_anew_at_the_gateway_go_before_a_rotation(trust: Trust, file: Path) -> None:
    rotated(trust, 1, to="next")
    by_hand = Trust(file, [public("third")])
    assert by_hand.keys == (public("third"),)
    assert by_hand.seen("keys").version == 1, "and what was seen is seen"


def test_a_version_known_from_elsewhere_is_noted_and_never_lowers(trust: Trust) -> None:
    trust.note("configuration", 4)
    trust.note("configuration", 2)
    assert trust.seen("configuration").version == 4


@pytest.mark.parametrize(
    ("now_ms", "is_synced", "refusal"),
    [
        (ISSUED_MS, True, None),
        (ISSUED_MS - DAY_MS, True, None),
        (ISSUED_MS - DAY_MS - 1, True, Refusal.NOT_YET),
        (ISSUED_MS + 90 * DAY_MS - 1, True, None),
        (ISSUED_MS + 90 * DAY_MS, True, Refusal.EXPIRED),
        (0, False, None),
        (ISSUED_MS + 99 * DAY_MS, False, None),
    ],
)
def test_a_clock_is_believed_only_while_ntp_holds_it(
    trust: Trust, now_ms: int, *, is_synced: bool, refusal: Refusal | None
) -> None:
    try:
        trust.refuse_untimely(release(), now_ms=now_ms, is_synced=is_synced)
        found = None
    except ReleaseRefusedError as error:
        found = error.refusal
    assert found is refusal


def test_what_had_expired_before_the_newest_taken_was_issued_is_refused_without_a_clock(trust: Trust) -> None:
    withheld = release(2)
    trust.take(
        opened(1, TrustedKeys(keys=(public(),)), issued_ms=ISSUED_MS + 91 * DAY_MS, expires_ms=1 << 44)
    )
    with pytest.raises(ReleaseRefusedError, match="expired"):
        trust.refuse_untimely(withheld, now_ms=0, is_synced=False)


def test_one_signed_by_a_clock_years_ahead_bars_nothing_once_ntp_holds_ours(trust: Trust) -> None:
    years_ahead_ms = ISSUED_MS + 3_650 * DAY_MS
    trust.take(opened(1, issued_ms=years_ahead_ms, expires_ms=years_ahead_ms + DAY_MS))
    trust.refuse_untimely(release(2), now_ms=ISSUED_MS, is_synced=True)


def test_what_the_disk_refuses_is_not_remembered(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StorageError("no space left on device")

    monkeypatch.setattr(module, "write_file", full)
    with pytest.raises(StorageError):
        trust.take(opened(3))
    assert trust.seen("configuration").version == 0


def test_nothing_secret_is_kept(trust: Trust, file: Path) -> None:
    trust.take(opened(1))
    assert operators_key().private_bytes_raw().hex().encode() not in file.read_bytes()
    assert msgspec.json.decode(file.read_bytes())["seen"].keys() == {"configuration"}
