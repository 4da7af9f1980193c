"""Secrets that sign people in. They are handed out once; only their hash is ever kept."""

import base64
import hashlib
from collections.abc import Callable

Randomness = Callable[[int], bytes]
"""Returns that many bytes nobody can guess: `secrets.token_bytes`, or a fixed source in tests."""

TOKEN_BYTES = 32


def new_token(randomness: Randomness) -> str:
    """Return a secret of 256 bits, safe in a URL and in a cookie."""
    return base64.urlsafe_b64encode(randomness(TOKEN_BYTES)).rstrip(b"=").decode()


def token_hash(token: str) -> bytes:
    """Return what may be stored of a secret: 32 bytes of SHA-256.

    No salt and no stretching: the secret has 256 random bits, so there is nothing to guess.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
