import pytest

from models.signing import KEY_VARIABLE, make_key, sign_manifest
from vitals.errors import ConfigurationError
from vitals.manifest import signature_path
from vitals.signature import verify


@pytest.fixture
def manifest(tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text('{"name": "rhythm"}')
    return path


def test_a_signed_manifest_is_vouched_for_by_the_key_that_was_made(tmp_path, manifest):
    public = make_key(tmp_path / "key.pem")
    sign_manifest(manifest, tmp_path / "key.pem")
    verify(manifest.read_bytes(), signature_path(manifest).read_text(), trusted=[public])


def test_the_private_key_is_for_its_owner_alone_and_never_overwritten(tmp_path):
    make_key(tmp_path / "key.pem")
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigurationError, match="not there yet"):
        make_key(tmp_path / "key.pem")


def test_the_key_may_be_named_by_the_environment(tmp_path, manifest, monkeypatch):
    public = make_key(tmp_path / "key.pem")
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key.pem"))
    sign_manifest(manifest)
    verify(manifest.read_bytes(), signature_path(manifest).read_text(), trusted=[public])


def test_without_a_key_an_old_signature_goes(manifest, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    signature_path(manifest).write_text("of an earlier manifest")
    assert sign_manifest(manifest) is None
    assert not signature_path(manifest).exists()


def test_a_key_that_is_not_there_is_said_so(tmp_path, manifest):
    with pytest.raises(ConfigurationError, match=KEY_VARIABLE):
        sign_manifest(manifest, tmp_path / "none.pem")
