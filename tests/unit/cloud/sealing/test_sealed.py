from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.ports import Place
from cloud.sealing.sealed import DataKey, is_sealed, opened, seal
from vitals.errors import SealError

KEY = DataKey(id="0011223344556677", owner="patient/wei", secret=bytes(range(32)))
HERE = Place(owner="patient/wei", table="silence", column="reason", row=("s-1",))


def twelve(count: int) -> bytes:
    return bytes(count)


def sealed(value: object = "it itches") -> str:
    return seal(value, HERE, KEY, twelve)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
    )
)
def test_what_was_sealed_opens_at_its_place(value: object) -> None:
    assert opened(sealed(value), HERE, KEY) == value


def test_a_sealed_value_tells_nothing_but_its_key() -> None:
    assert is_sealed(sealed())
    assert sealed().startswith("cw1:0011223344556677:")
    assert b"itches" not in urlsafe_b64decode(sealed().split(":")[2])


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(HERE, owner="patient/ana"),
        replace(HERE, table="rule_change"),
        replace(HERE, column="condition"),
        replace(HERE, row=("s-2",)),
        replace(HERE, column="reason,s-1", row=()),
    ],
)
def test_moved_to_another_person_table_column_or_row_it_does_not_open(elsewhere: Place) -> None:
    with pytest.raises(SealError, match="altered or belongs elsewhere"):
        opened(sealed(), elsewhere, KEY)


def test_by_another_key_that_claims_its_id_and_owner_it_does_not_open() -> None:
    with pytest.raises(SealError, match="altered or belongs elsewhere"):
        opened(sealed(), HERE, replace(KEY, secret=bytes(32)))


@pytest.mark.parametrize("at", [0, 11, 12, -1])
def test_one_altered_bit_anywhere_is_refused(at: int) -> None:
    start, body = sealed().rsplit(":", 1)
    altered = bytearray(urlsafe_b64decode(body))
    altered[at] ^= 1
    with pytest.raises(SealError, match="altered"):
        opened(f"{start}:{urlsafe_b64encode(altered).decode()}", HERE, KEY)


@pytest.mark.parametrize(
    "torn", ["cw1:0011223344556677:", "cw1:0011223344556677:AAAA", "cw1:0011223344556677:$"]
)
def test_what_is_torn_is_refused(torn: str) -> None:
    with pytest.raises(SealError, match="altered"):
        opened(torn, HERE, KEY)


@pytest.mark.parametrize("readable", ["it itches", "", "cw1:", "cw2:a:b"])
def test_what_is_readable_passes_for_nothing_sealed(readable: str) -> None:
    with pytest.raises(SealError):
        opened(readable, HERE, KEY)
