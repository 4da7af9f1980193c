"""A head is believed by its signature alone, and its signature is good for nothing else."""

import msgspec
import pytest

from tests.fakes.signed_ledger import KEY, OTHER_KEY, SignedLedger
from vitals.errors import LedgerError
from vitals.ledger.heads import decode_head, encode_head, key_id, read_key, verify_head

PUBLIC = KEY.public_key()
HEAD = SignedLedger(5).head(t_ms=1_700_000_000_000, epoch=3)


def test_what_is_signed_is_a_text_that_anybody_can_make() -> None:
    assert HEAD.signed() == (
        b"carewire ledger head, 1\n"
        b"carewire-test\n"
        b"3\n"
        b"5\n" + HEAD.root.encode() + b"\n"
        b"1700000000000\n" + key_id(PUBLIC).encode() + b"\n"
    )
    PUBLIC.verify(bytes.fromhex(HEAD.signature), HEAD.signed())


def test_a_head_survives_its_way() -> None:
    assert decode_head(encode_head(HEAD)) == HEAD
    verify_head(decode_head(encode_head(HEAD)), PUBLIC)


@pytest.mark.parametrize(
    "change",
    [
        {"size": 4},
        {"epoch": 4},
        {"root": "0" * 64},
        {"t_ms": 1},
        {"origin": "carewire-other"},
        {"signature": "0" * 128},
        {"signature": HEAD.signature[2:] + "00"},
    ],
)
def test_a_head_that_was_changed_is_forged(change: dict[str, object]) -> None:
    with pytest.raises(LedgerError, match="forged"):
        verify_head(msgspec.structs.replace(HEAD, **change), PUBLIC)


def test_a_head_by_another_key_is_told_from_a_forged_one() -> None:
    with pytest.raises(LedgerError, match="names the key"):
        verify_head(SignedLedger(5).head(key=OTHER_KEY), PUBLIC)


def test_a_head_that_claims_our_key_and_has_anothers_signature_is_forged() -> None:
    theirs = SignedLedger(5).head(key=OTHER_KEY)
    with pytest.raises(LedgerError, match="forged"):
        verify_head(msgspec.structs.replace(theirs, key=key_id(PUBLIC)), PUBLIC)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b"[" * 5_000,
        encode_head(HEAD)[:-1],
        encode_head(HEAD).replace(b'"size":5', b'"size":-5'),
        encode_head(HEAD).replace(b'"size":5', b'"size":5.5'),
        encode_head(HEAD).replace(b'"size":5', b'"size":99999999999999999999999999'),
        encode_head(HEAD).replace(b"carewire-test", b"carewire\\ntest"),
        encode_head(HEAD).replace(b'"size":5', b'"size":5,"more":1'),
        encode_head(HEAD) + b" " * 1_000,
    ],
)
def test_what_is_no_head_is_refused_and_said(payload: bytes) -> None:
    with pytest.raises(LedgerError, match=r"no head of a ledger|at most 1000 bytes"):
        decode_head(payload)


def test_a_public_key_is_read_as_it_is_printed() -> None:
    assert key_id(read_key(f" {PUBLIC.public_bytes_raw().hex()}\n")) == key_id(PUBLIC)


@pytest.mark.parametrize("text", ["", "zz" * 32, "00" * 31, "00" * 33, "/etc/passwd"])
def test_what_is_no_public_key_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(LedgerError, match="`carewire ledger key`"):
        read_key(text)
