"""Operators' keys, made once, and what they sign."""

from base64 import b64encode
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vitals.release import EVERY_GATEWAY, Release, SettingsContent, SignedRelease, sign_release

ISSUED_MS = 1_700_000_000_000
DAY_MS = 24 * 3_600_000


@cache
def operators_key(name: str = "operator") -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"."))


def public(name: str = "operator") -> str:
    return operators_key(name).public_key().public_bytes_raw().hex()


def release(version: int = 1, content: Any = None, **changes: Any) -> Release:
    fields: dict[str, Any] = {
        "target": EVERY_GATEWAY,
        "version": version,
        "issued_ms": ISSUED_MS,
        "expires_ms": ISSUED_MS + 90 * DAY_MS,
        "content": content or SettingsContent(toml="ecg_rate_hz = 250\n"),
    }
    return Release(**fields | changes)


def signed(version: int = 1, content: Any = None, by: str = "operator", **changes: Any) -> SignedRelease:
    return sign_release(release(version, content, **changes), operators_key(by))


def signed_text(document: str, by: str = "operator") -> SignedRelease:
    """Return a good signature over a text that `sign_release` would never have written."""
    signature = operators_key(by).sign(b"carewire release, 1\n" + document.encode())
    return SignedRelease(document=document, key=public(by), signature=b64encode(signature).decode())


def settings(version: int, toml: str, **changes: Any) -> SignedRelease:
    return signed(version, SettingsContent(toml=toml), **changes)
