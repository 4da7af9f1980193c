"""Who vouches for a model: an Ed25519 signature beside its manifest, and the keys a program trusts."""

from base64 import b64decode, b64encode
from collections.abc import Collection
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vitals.errors import ConfigurationError, ModelRejectedError

__all__ = ["RELEASE_KEYS", "new_key", "public_key", "sign", "verify"]

RELEASE_KEYS: Final = ("5af3c5d4a01b92c58b334ab0f5c5878437f0a4745dd3df5454e2a1480a7ff78e",)
"""Public keys, in hexadecimal, that the models shipped with this program are signed by."""

_PURPOSE: Final = b"carewire model manifest, 1\n"
"""Signed in front of the manifest, so that a signature made for anything else is none for a model."""


def new_key() -> bytes:
    """Return a new private key as PEM: keep it from everybody."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_key(private_pem: bytes) -> str:
    """Return, in hexadecimal, the public half of a private key: what a gateway is told to trust."""
    return _private(private_pem).public_key().public_bytes_raw().hex()


def sign(manifest: bytes, private_pem: bytes) -> str:
    """Return the text of a signature over a manifest: the public key, a space, the signature in Base64.

    Raises
    ------
    ConfigurationError
        The key is no Ed25519 private key in PEM.
    """
    signature = _private(private_pem).sign(_PURPOSE + manifest)
    return f"{public_key(private_pem)} {b64encode(signature).decode()}\n"


def verify(manifest: bytes, signature: str, *, trusted: Collection[str]) -> None:
    """Return if a trusted key signed exactly these bytes.

    Raises
    ------
    ModelRejectedError
        It is no signature, of another manifest, or by a key that nobody here trusts.
    """
    key, _, encoded = signature.strip().partition(" ")
    if key not in trusted:
        raise ModelRejectedError(
            f"the manifest is signed by {key[:16] or 'nobody'}, who is not trusted here: "
            "install a release, or add the signer's public key to model_keys"
        )
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(
            b64decode(encoded, validate=True), _PURPOSE + manifest
        )
    except (InvalidSignature, ValueError) as error:
        raise ModelRejectedError(
            "the manifest was altered after it was signed: copy the model again from one release"
        ) from error


def _private(pem: bytes) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"this is no private key ({error}): make one with `carewire models keygen`"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(
            "models are signed with an Ed25519 key: make one with `carewire models keygen`"
        )
    return key
