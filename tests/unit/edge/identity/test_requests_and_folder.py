"""Who a gateway is: a key made here, kept whole, asked about in a way that gives nothing away."""

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509

from edge.config import load_settings
from edge.identity.folder import IdentityFolder
from edge.identity.requests import (
    checked_answer,
    enrolment_request,
    new_key,
    public_fingerprint,
    renewal_request,
)
from tests.fakes.given_identity import AUTHORITY, given, structs_replace
from vitals.errors import ConfigurationError, DeliveryError, StorageError
from vitals.wire.enrolment import EnrolmentCode

CODE = EnrolmentCode(url="https://care.example.org", authority=b"a" * 32, token="t" * 43)
KEY = new_key()
KNOWN = public_fingerprint(AUTHORITY.certificate)


@pytest.fixture
def folder(tmp_path: Path) -> IdentityFolder:
    return IdentityFolder(path=tmp_path / "identity")


class TestAsking:
    """What is asked names nobody, and what is answered is looked at."""

    def test_a_request_says_nothing_but_the_key(self) -> None:
        csr = x509.load_pem_x509_csr(enrolment_request(KEY).csr.encode())
        assert list(csr.subject) == []
        assert list(csr.extensions) == []
        assert csr.public_key() == KEY.public_key()
        assert csr.is_signature_valid

    def test_the_certificate_in_use_is_named_by_its_number(self) -> None:
        made = given(KEY).certificate_
        assert renewal_request(made, KEY, new_key()).serial == f"{made.serial_number:x}"

    def test_an_answer_for_our_key_by_the_authority_we_know_is_taken(self) -> None:
        answer = given(KEY)
        assert checked_answer(answer.message, KEY, KNOWN) == answer.certificate_

    def test_an_answer_for_another_key_or_name_or_by_another_authority_is_not(self) -> None:
        answer = given(KEY).message
        for key, fingerprint, named in (
            (new_key(), KNOWN, answer),
            (KEY, b"x" * 32, answer),
            (KEY, KNOWN, structs_replace(answer, gateway="garden")),
        ):
            with pytest.raises(DeliveryError, match="not for this gateway's key"):
                checked_answer(named, key, fingerprint)

    @pytest.mark.parametrize("change", [{"certificate": "torn"}, {"authority": "torn"}])
    def test_what_cannot_be_read_is_not(self, change: dict[str, str]) -> None:
        with pytest.raises(DeliveryError, match="no certificate"):
            checked_answer(structs_replace(given(KEY).message, **change), KEY, KNOWN)


class TestKeeping:
    """Nothing of it is for others, and a power cut leaves the one before or the one after."""

    def test_asked_again_with_the_same_code_the_key_is_the_same(self, folder: IdentityFolder) -> None:
        first, again, other = (folder.next_key(each).private_numbers() for each in ("a", "a", "b"))
        assert first == again != other

    def test_a_key_torn_by_a_power_cut_is_made_anew(self, folder: IdentityFolder) -> None:
        folder.next_key("a")
        (file,) = folder.path.glob("next-*.key")
        file.write_bytes(file.read_bytes()[:50])
        assert folder.next_key("a").curve.name == "secp256r1"

    def test_what_is_kept_is_read_back_and_is_for_the_owner_alone(self, folder: IdentityFolder) -> None:
        key = folder.next_key("a")
        answer = given(key)
        folder.keep(answer.message, key)
        folder.keep_settings(answer.message, CODE)
        found = folder.present()
        assert found is not None
        assert found[0] == answer.certificate_
        assert found[1].private_numbers() == key.private_numbers()
        for file in folder.path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert list(folder.path.glob("next-*.key")) == []

    def test_before_there_is_one_there_is_none(self, folder: IdentityFolder) -> None:
        assert folder.present() is None
        with pytest.raises(ConfigurationError, match="enrol again"):
            folder.authority()

    @pytest.mark.parametrize("what", ["torn", "key", "certificate"])
    def test_half_of_one_is_told(self, folder: IdentityFolder, what: str) -> None:
        key = folder.next_key("a")
        folder.keep(given(key).message, key)
        pem = folder.identity_file.read_bytes()
        at = pem.index(b"-----BEGIN CERT")
        folder.identity_file.write_bytes({"torn": pem[:20], "key": pem[:at], "certificate": pem[at:]}[what])
        with pytest.raises(ConfigurationError, match="enrol again"):
            folder.present()

    def test_a_disk_that_refuses_leaves_what_was_there(
        self, folder: IdentityFolder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = folder.next_key("a")
        folder.keep(given(key).message, key)
        before = folder.identity_file.read_bytes()

        def refuses(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", refuses)
        with pytest.raises(StorageError, match="cannot be written"):
            folder.keep(given(new_key()).message, new_key())
        assert folder.identity_file.read_bytes() == before

    def test_the_gateways_settings_stand_on_it_and_go_before_it(
        self, folder: IdentityFolder, tmp_path: Path
    ) -> None:
        folder.keep_settings(given(KEY).message, CODE)
        folder.token_file.write_text("t" * 43)
        config = tmp_path / "gateway.toml"
        config.write_text(f'data_dir = "{tmp_path}"\nadopt = true\n[mqtt]\nport = 9999\n')
        settings = load_settings(config)
        assert settings.gateway_id == "hallway"
        assert settings.mqtt.cert_file == settings.mqtt.key_file == folder.identity_file
        assert (settings.mqtt.host, settings.mqtt.port) == ("broker.example.org", 9999)
        assert settings.http.ca_file == folder.authority_file
        assert settings.http.secret() == "t" * 43

    def test_whose_releases_it_takes_is_pinned_with_who_it_is(
        self, folder: IdentityFolder, tmp_path: Path
    ) -> None:
        answer = structs_replace(given(KEY).message, release_keys=("a" * 64,))
        folder.keep_settings(answer, CODE)
        folder.token_file.write_text("t" * 43)
        config = tmp_path / "gateway.toml"
        config.write_text(f'data_dir = "{tmp_path}"\nadopt = true\n')
        assert load_settings(config).trust.release_keys == ("a" * 64,)

    def test_a_service_known_to_all_computers_is_trusted_by_those(self, folder: IdentityFolder) -> None:
        folder.keep_settings(given(KEY).message, replace(CODE, is_public=True))
        assert "ca_file" not in folder.settings_file.read_text().partition("[http]")[2]
