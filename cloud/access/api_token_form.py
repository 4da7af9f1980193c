"""How a token for a program looks: known at a glance, by people and by what scans code for leaked secrets.

`cw_`, 64 hexadecimal digits of randomness and 8 of their CRC-32: what is cut off or mistyped is no token
before any database is asked, and a scanner that recomputes the checksum cries no wolf.
"""

import re
import zlib
from typing import Final

from cloud.access.tokens import TOKEN_BYTES, Randomness

__all__ = ["PATTERN", "is_api_token", "looks_like_api_token", "new_api_token"]

_PREFIX: Final = "cw_"
PATTERN: Final = re.compile(r"cw_([0-9a-f]{64})([0-9a-f]{8})")


def new_api_token(randomness: Randomness) -> str:
    """Return a secret of 256 bits, in this form."""
    secret = randomness(TOKEN_BYTES).hex()
    return f"{_PREFIX}{secret}{_checksum(secret)}"


def looks_like_api_token(text: str) -> bool:
    """Tell whether a text is meant to be one."""
    return text.startswith(_PREFIX)


def is_api_token(text: str) -> bool:
    """Tell whether a text can be one by form and checksum; whether it was ever given is another thing."""
    found = PATTERN.fullmatch(text)
    return found is not None and _checksum(found[1]) == found[2]


def _checksum(secret: str) -> str:
    return f"{zlib.crc32(f'{_PREFIX}{secret}'.encode()):08x}"
