"""Where the authority's key lies: a file of its own, outside every database and every backup."""

from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cloud.gateways.authority import Authority
from vitals.durable import put, put_new
from vitals.errors import ConfigurationError

__all__ = [
    "CERTIFICATE_FILE",
    "KEY_FILE",
    "keep_authority",
    "keep_certificate",
    "open_authority",
    "private_pem",
]

KEY_FILE: Final = "ca.key"
CERTIFICATE_FILE: Final = "ca.crt"
_READ_BY_ALL: Final = 0o644
_FOR_OTHERS: Final = 0o077


def open_authority(folder: Path, passphrase: str | None = None) -> Authority | None:
    """Return the authority kept in a folder; None if there is none.

    Raises
    ------
    ConfigurationError
        If its files cannot be used: others may read the key, the passphrase is wrong, they do not match.
    """
    key_file = folder / KEY_FILE
    if not key_file.exists():
        return None
    try:
        if key_file.stat().st_mode & _FOR_OTHERS:
            raise ConfigurationError(f"{key_file} may be read by others: chmod 600 {key_file}")
        password = None if passphrase is None else passphrase.encode()
        key = serialization.load_pem_private_key(key_file.read_bytes(), password)
        certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE_FILE).read_bytes())
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"{folder / CERTIFICATE_FILE} is missing beside {KEY_FILE}: put it back from its copy; if the "
            f"machine stopped just as the authority was made, move {KEY_FILE} away and make another"
        ) from error
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(
            f"the authority in {folder} cannot be used ({error}): check {KEY_FILE}, {CERTIFICATE_FILE} and "
            "gateways.authority_passphrase"
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise ConfigurationError(
            f"{KEY_FILE} and {CERTIFICATE_FILE} in {folder} do not belong together: put both of one there"
        )
    return Authority(certificate=certificate, key=key)


def keep_authority(folder: Path, authority: Authority, passphrase: str | None = None) -> None:
    """Write a new authority down, its key for nobody else; one that is there is never written over.

    Raises
    ------
    ConfigurationError
        If there is one, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        put_new(folder / KEY_FILE, private_pem(authority.key, passphrase))
        keep_certificate(folder, authority)
    except FileExistsError as error:
        raise ConfigurationError(
            f"there is an authority in {folder}: every gateway knows it; to replace it, move it away first"
        ) from error
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be written ({error}): choose another folder") from error


def keep_certificate(folder: Path, authority: Authority) -> None:
    """Write the authority's certificate in place of the one before, whole or not at all."""
    put(folder / CERTIFICATE_FILE, authority.pem.encode("ascii"), mode=_READ_BY_ALL)


def private_pem(key: ec.EllipticCurvePrivateKey, passphrase: str | None = None) -> bytes:
    """Return a private key in PEM, sealed with a passphrase if there is one."""
    sealing = (
        serialization.NoEncryption()
        if passphrase is None
        else serialization.BestAvailableEncryption(passphrase.encode())
    )
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealing)
