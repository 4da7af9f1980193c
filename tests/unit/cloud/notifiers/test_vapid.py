"""The key of Web Push: made once, kept for its owner alone, never replaced in silence."""

import stat
import threading
from base64 import urlsafe_b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cloud.notifiers.vapid import VapidKey
from vitals.errors import ConfigurationError


def test_it_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "web-push.pem"
    key = VapidKey.kept_in(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert VapidKey.kept_in(path).public == key.public
    assert [one.name for one in path.parent.iterdir()] == ["web-push.pem"]


def test_its_public_half_is_a_point_that_browsers_take(tmp_path: Path) -> None:
    point = urlsafe_b64decode(VapidKey.kept_in(tmp_path / "key.pem").public + "=")
    assert (len(point), point[0]) == (65, 4)


def test_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    found: list[str] = []
    start = threading.Barrier(4)

    def begin() -> None:
        start.wait(20)
        found.append(VapidKey.kept_in(tmp_path / "key.pem").public)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 4
    assert len(set(found)) == 1


def pem(curve: ec.EllipticCurve) -> bytes:
    return ec.generate_private_key(curve).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize("content", [b"", b"torn", pem(ec.SECP384R1()), pem(ec.SECP256R1())[:-80]])
def test_a_damaged_key_is_not_replaced_but_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="restore it from a backup"):
        VapidKey.kept_in(path)
    assert path.read_bytes() == content


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(pem(ec.SECP256R1()))
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        VapidKey.kept_in(path)
