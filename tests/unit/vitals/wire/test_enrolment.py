"""A code for letting a gateway in: it travels by hand, and what was lost on the way is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitals.errors import EnvelopeError
from vitals.wire.enrolment import EnrolmentCode, code_from_text, code_to_text, what_is_signed

CODE = EnrolmentCode(url="https://care.example.org", authority=b"a" * 32, token="t" * 43)


@given(
    url=st.sampled_from(["https://care.example.org", "http://127.0.0.1:8080", "https://[::1]:8443"]),
    authority=st.binary(min_size=32, max_size=32),
    token=st.text("abcXYZ019-_", min_size=32, max_size=60),
    is_public=st.booleans(),
)
def test_what_goes_in_comes_out(url: str, authority: bytes, token: str, *, is_public: bool) -> None:
    code = EnrolmentCode(url=url, authority=authority, token=token, is_public=is_public)
    assert code_from_text(code_to_text(code)) == code


def test_it_needs_no_quotes_in_a_shell_and_fits_a_small_qr_code() -> None:
    text = code_to_text(CODE)
    assert set(text) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    assert len(text) < 200


def test_line_ends_and_spaces_that_crept_in_do_no_harm() -> None:
    text = code_to_text(CODE)
    assert code_from_text(f" {text[:50]}\n{text[50:]} ") == CODE


@pytest.mark.parametrize("cut", [9, 20, -1, -5])
def test_one_that_was_cut_off_is_told(cut: int) -> None:
    with pytest.raises(EnvelopeError, match="not whole"):
        code_from_text(code_to_text(CODE)[:cut])


def test_one_with_a_letter_changed_is_told() -> None:
    text = code_to_text(CODE)
    for place in range(9, len(text) - 1, 7):
        other = "A" if text[place] != "A" else "B"
        with pytest.raises(EnvelopeError, match="not whole"):
            code_from_text(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize("text", ["", "hello", "carewire", "https://a.org", "carewire-" + "A" * 700])
def test_what_is_no_code_is_told(text: str) -> None:
    with pytest.raises(EnvelopeError, match="no enrolment code"):
        code_from_text(text)


@given(st.text(max_size=80))
def test_nothing_that_is_typed_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(EnvelopeError):
        code_from_text(f"carewire-{text}")


def test_a_code_does_not_show_its_token_where_it_is_printed() -> None:
    assert CODE.token not in repr(CODE)


def test_what_is_signed_for_a_renewal_is_signed_for_nothing_else() -> None:
    assert what_is_signed(b"csr") != b"csr"
