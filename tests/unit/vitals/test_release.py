"""A release says one thing in one way, and only what a trusted key signed for releases is one."""

from base64 import b64encode
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.releases import operators_key, public, release, signed, signed_text
from vitals.errors import ModelRejectedError
from vitals.release import (
    MAX_DOCUMENT_BYTES,
    Kind,
    ModelContent,
    Refusal,
    ReleaseRefusedError,
    SettingsContent,
    SignedRelease,
    TrustedKeys,
    Vector,
    open_release,
    refusal_in,
    sign_release,
    vectors_of,
)

MODEL = ModelContent(name="beats", sha256="a" * 64, size=9, vectors=(Vector(seed="1", answer=(0.25, 0.75)),))
CONTENTS = (SettingsContent(toml="waveforms = 'events'"), MODEL, TrustedKeys(keys=(public("next"),)))


def refusal(one: SignedRelease, trusted: tuple[str, ...] = (public(),)) -> Refusal:
    with pytest.raises(ReleaseRefusedError) as refused:
        open_release(one, trusted=trusted)
    return refused.value.refusal


@pytest.mark.parametrize("content", CONTENTS)
def test_what_was_signed_is_read_as_it_was(content: object) -> None:
    opened = open_release(signed(3, content), trusted=[public()])
    assert opened.release == release(3, content)


def test_every_kind_has_a_line_of_its_own_and_each_model_too() -> None:
    lines = [release(1, content).line for content in CONTENTS]
    assert lines == ["configuration", "model beats", "keys"]
    assert [release(1, content).kind for content in CONTENTS] == [Kind.CONFIGURATION, Kind.MODEL, Kind.KEYS]


def test_nobody_is_trusted_who_was_not_named() -> None:
    assert refusal(signed(by="thief")) is Refusal.UNTRUSTED_KEY
    assert refusal(signed(), trusted=()) is Refusal.UNTRUSTED_KEY


@pytest.mark.parametrize("signature", ["", "!", b64encode(b"\0" * 64).decode(), b64encode(b"x").decode()])
def test_what_bears_no_signature_is_refused(signature: str) -> None:
    assert refusal(msgspec.structs.replace(signed(), signature=signature)) is Refusal.BAD_SIGNATURE


def test_a_signature_of_another_key_under_a_trusted_name_is_none() -> None:
    assert refusal(msgspec.structs.replace(signed(by="thief"), key=public())) is Refusal.BAD_SIGNATURE


@given(place=st.integers(min_value=0), put=st.characters(codec="utf-8"))
def test_no_letter_can_be_changed_after_signing(place: int, put: str) -> None:
    one = signed()
    at = place % len(one.document)
    altered = one.document[:at] + put + one.document[at + 1 :]
    if altered != one.document:
        assert refusal(msgspec.structs.replace(one, document=altered)) is Refusal.BAD_SIGNATURE


def test_half_of_a_surrogate_pair_is_altered_and_no_crash() -> None:
    assert refusal(msgspec.structs.replace(signed(), document="\ud800")) is Refusal.BAD_SIGNATURE


def test_a_signature_made_for_anything_else_is_none_for_a_release() -> None:
    document = signed().document
    for purpose in (b"", b"carewire model manifest, 1\n", b"carewire release, 2\n"):
        signature = b64encode(operators_key().sign(purpose + document.encode())).decode()
        one = SignedRelease(document=document, key=public(), signature=signature)
        assert refusal(one) is Refusal.BAD_SIGNATURE


def test_there_is_one_way_to_write_a_release_and_no_other_though_signed() -> None:
    document = signed().document
    for other in (f" {document}", document.replace(",", ", "), document.replace('"v":1', '"v":1.0')):
        assert refusal(signed_text(other)) is Refusal.UNREADABLE


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('"v":1', '"v":2'),
        ('"version":1', '"version":0'),
        ('"version":1', '"version":1.5'),
        ('"version":1', '"version":9007199254740993'),
        ('"target":"all"', '"target":"a/#"'),
        ('"kind":"configuration"', '"kind":"program"'),
        ('"toml"', '"shell"'),
        ('"v":1', '"v":1,"v":1'),
        ("}", ""),
    ],
)
def test_what_this_program_does_not_know_is_refused_though_signed(was: str, becomes: str) -> None:
    document = signed().document
    assert was in document
    assert refusal(signed_text(document.replace(was, becomes))) is Refusal.UNREADABLE


def test_deep_nesting_is_refused_and_no_crash() -> None:
    assert refusal(signed_text("[" * 20_000)) is Refusal.UNREADABLE


def test_a_release_that_expires_before_it_was_issued_is_none() -> None:
    with pytest.raises(ReleaseRefusedError, match="sign it anew"):
        sign_release(release(expires_ms=1), operators_key())


def test_what_no_command_could_carry_is_not_signed() -> None:
    with pytest.raises(ReleaseRefusedError, match="make it smaller"):
        sign_release(release(1, SettingsContent(toml="#" * MAX_DOCUMENT_BYTES)), operators_key())


def test_a_name_that_leads_elsewhere_is_no_models() -> None:
    document = signed(1, MODEL).document
    assert refusal(signed_text(document.replace('"beats"', '"../beats"'))) is Refusal.UNREADABLE


@pytest.mark.parametrize("reason", Refusal)
def test_the_reason_of_an_answer_is_its_first_word(reason: Refusal) -> None:
    assert refusal_in(reason.told("because: of that")) is reason


def test_an_answer_in_plain_words_has_no_reason() -> None:
    assert refusal_in("version 3 is in use") is None
    assert refusal_in("") is None


def test_the_reference_vectors_of_a_kept_release_are_read_if_nobody_altered_it(tmp_path: Path) -> None:
    kept = tmp_path / "release.json"
    kept.write_bytes(msgspec.json.encode(signed(1, MODEL)))
    assert vectors_of(kept) == MODEL.vectors


@pytest.mark.parametrize("damage", [(b"0.25", b"0.35"), (b"{", b""), (b"beats", b"falls")])
def test_a_kept_release_that_was_altered_vouches_for_nothing(
    tmp_path: Path, damage: tuple[bytes, bytes]
) -> None:
    kept = tmp_path / "release.json"
    kept.write_bytes(msgspec.json.encode(signed(1, MODEL)).replace(*damage))
    with pytest.raises(ModelRejectedError, match="release the model again"):
        vectors_of(kept)


def test_a_kept_release_of_settings_is_none_of_a_model(tmp_path: Path) -> None:
    kept = tmp_path / "release.json"
    kept.write_bytes(msgspec.json.encode(signed(1)))
    with pytest.raises(ModelRejectedError, match="no model"):
        vectors_of(kept)


def test_documents_are_told_apart_by_their_hash() -> None:
    assert signed(1).sha256 != signed(2).sha256
