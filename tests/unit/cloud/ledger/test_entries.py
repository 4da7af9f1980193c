"""An entry has one form, which anybody can hash, and which names nobody."""

import json
from dataclasses import replace

import pytest

from cloud.ledger.entries import Entry, about_hash, about_text, decode_entry, encode_entry
from vitals.errors import LedgerError

ENTRY = Entry(
    number=7, t_ms=1_700_000_000_000, deed="looked", actor="a" * 32, patient="b" * 32, about="c" * 64
)
LINE = (
    b'{"v":1,"number":7,"t_ms":1700000000000,"deed":"looked","actor":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",'
    b'"patient":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",'
    b'"about":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"}'
)


def test_the_form_is_the_one_that_is_documented() -> None:
    assert encode_entry(ENTRY) == LINE
    assert decode_entry(LINE) == ENTRY
    nobody = replace(ENTRY, patient=None)
    assert decode_entry(encode_entry(nobody)) == nobody


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"\xff",
        b"[" * 10_000,
        LINE + b"\n",
        LINE.replace(b",", b", "),
        LINE.replace(b'"v":1', b'"v":2'),
        LINE.replace(b'"number":7', b'"number":"7"'),
        LINE.replace(b'"number":7', b'"number":7.0'),
        LINE.replace(b'"deed":"looked"', b'"deed":"l\\u006foked"'),
        LINE[:-1] + b',"more":1}',
        json.dumps(json.loads(LINE), separators=(",", ":"), sort_keys=True).encode(),
    ],
)
def test_any_other_form_is_refused(line: bytes) -> None:
    with pytest.raises(LedgerError):
        decode_entry(line)


def test_what_a_deed_was_about_is_told_by_nobody_without_the_salt() -> None:
    text = about_text({"what": "vitals", "by": "grüße"})
    assert text == '{"by":"gr\\u00fc\\u00dfe","what":"vitals"}'
    assert about_hash(b"1" * 16, text) != about_hash(b"2" * 16, text)
    assert len(about_hash(b"1" * 16, text)) == 64
