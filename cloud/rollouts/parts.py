"""A model's bundle cut into what one command carries."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from vitals.wire.command import PART_BYTES

__all__ = ["parts_of"]


def parts_of(bundle: bytes) -> Iterator[dict[str, Any]]:
    """Yield the body of each `model-part`, from the start on."""
    whole = sha256(bundle).hexdigest()
    for offset in range(0, len(bundle), PART_BYTES):
        data = b64encode(bundle[offset : offset + PART_BYTES]).decode()
        yield {"sha256": whole, "offset": offset, "data": data}
