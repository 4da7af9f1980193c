"""How tokens for programs and gateways look: known at a glance, by people and by scanners for leaked secrets.

`cw_` for a program, `cwg_` for a gateway, 64 hexadecimal digits of randomness and 8 of their CRC-32: what is
cut off or mistyped is no token before any database is asked, and a scanner that recomputes the checksum cries
no wolf.
"""

import re
import zlib
from typing import Final

from cloud.access.tokens import TOKEN_BYTES, Randomness

__all__ = [
    "PATTERN",
    "is_api_token",
    "is_broken_gateway_token",
    "looks_like_api_token",
    "new_api_token",
    "new_gateway_token",
]

_PREFIX: Final = "cw_"
_OF_GATEWAYS: Final = "cwg_"
PATTERN: Final = re.compile(r"cw_([0-9a-f]{64})([0-9a-f]{8})")
_BODY: Final = re.compile(r"([0-9a-f]{64})([0-9a-f]{8})")


def new_api_token(randomness: Randomness) -> str:
    """Return a secret of 256 bits, in this form."""
    return _made(_PREFIX, randomness)


def new_gateway_token(randomness: Randomness) -> str:
    """Return one for a gateway."""
    return _made(_OF_GATEWAYS, randomness)


def is_broken_gateway_token(text: str) -> bool:
    """Tell whether a text is meant to be a gateway's token and cannot be one; those of before had no form."""
    body = text.removeprefix(_OF_GATEWAYS)
    return body != text and not _is_sound(_OF_GATEWAYS, _BODY.fullmatch(body))


def looks_like_api_token(text: str) -> bool:
    """Tell whether a text is meant to be one."""
    return text.startswith(_PREFIX)


def is_api_token(text: str) -> bool:
    """Tell whether a text can be one by form and checksum; whether it was ever given is another thing."""
    return _is_sound(_PREFIX, PATTERN.fullmatch(text))


def _made(prefix: str, randomness: Randomness) -> str:
    secret = randomness(TOKEN_BYTES).hex()
    return f"{prefix}{secret}{_checksum(prefix, secret)}"


def _is_sound(prefix: str, found: re.Match[str] | None) -> bool:
    return found is not None and _checksum(prefix, found[1]) == found[2]


def _checksum(prefix: str, secret: str) -> str:
    return f"{zlib.crc32(f'{prefix}{secret}'.encode()):08x}"
